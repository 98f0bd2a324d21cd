/** A login on a person's own machine, against a web of the test's own: renewed once however many ask, asked again with the same id, and never sent in the clear. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "@nightgate/shared/problems";
import { afterEach, beforeEach, expect, test } from "vitest";
import { logout, login as logIn } from "./commands.ts";
import { loginByDevice } from "./device-login.ts";
import { type Login, readLogin, withLoginLock, writeLogin } from "./login-file.ts";
import { createWebTransport } from "./web-transport.ts";
import { readOrigin } from "./web.ts";

interface Asked {
  path: string;
  token: string | undefined;
  body: string;
  host: string | undefined;
}
type Answer = { status: number; body: unknown } | "broken";

let folder: string;
let file: string;
let server: Server;
let origin: string;
let asked: Asked[];
let answer: (asked: Asked) => Answer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "nightgate-outside-"));
  file = join(folder, "nightgate/login.json");
  asked = [];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => (body += String(piece)));
    request.on("end", () => {
      const { authorization, host } = request.headers;
      const one = { path: request.url ?? "", token: authorization?.replace("Bearer ", ""), body, host };
      asked.push(one);
      const said = answer(one);
      if (said === "broken") return request.socket.destroy();
      return response.writeHead(said.status).end(JSON.stringify(said.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://web.localhost:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const kept = (more: Partial<Login> = {}): Login => ({
  origin,
  accessToken: "access-1",
  accessUntil: Date.now() + 3_600_000,
  refreshToken: "refresh-1",
  scope: "read act",
  personName: "Ada",
  organizationName: "Acme",
  ...more,
});
const tokens = (number: number): Answer => ({
  status: 200,
  body: {
    access_token: `access-${number}`,
    refresh_token: `refresh-${number}`,
    expires_in: 3_600,
    scope: "read act",
  },
});
const code = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => "done",
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  );

test("ten calls whose token has ended renew it once, and all are answered", async () => {
  writeLogin(file, kept({ accessUntil: 0 }));
  answer = ({ path, token }) => {
    if (path === "/oauth/token") return tokens(2);
    return token === "access-2" ? { status: 200, body: { fine: true } } : { status: 401, body: {} };
  };
  const transports = Array.from({ length: 10 }, () => createWebTransport(file));
  const results = await Promise.all(transports.map(async (each) => await each.call("whoami", {})));
  expect(results).toEqual(Array.from({ length: 10 }, () => ({ fine: true })));
  expect(asked.filter(({ path }) => path === "/oauth/token")).toHaveLength(1);
  expect(readLogin(file)).toMatchObject({
    accessToken: "access-2",
    refreshToken: "refresh-2",
    personName: "Ada",
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "nightgate")).mode & 0o777).toBe(0o700);
  expect(asked.every(({ host }) => host === new URL(origin).host)).toBe(true);
});

test("a token that was taken back is forgotten, and the person told to log in", async () => {
  writeLogin(file, kept());
  answer = ({ path }) =>
    path === "/oauth/token" ? { status: 400, body: { error: "invalid_grant" } } : { status: 401, body: {} };
  expect(await code(createWebTransport(file).call("whoami", {}))).toBe("login.required");
  expect(readLogin(file)).toBeNull();
  expect(await code(createWebTransport(file).call("whoami", {}))).toBe("login.required");
});

test("a web that is away for a moment costs no login", async () => {
  writeLogin(file, kept({ accessUntil: 0 }));
  answer = () => ({ status: 503, body: { error: "temporarily_unavailable", error_description: "later" } });
  expect(await code(createWebTransport(file).call("whoami", {}))).toBe("web.away");
  expect(readLogin(file)).toMatchObject({ refreshToken: "refresh-1" });
});

test("an answer that is lost is asked for again with the same id", async () => {
  writeLogin(file, kept());
  answer = () => (asked.length === 1 ? "broken" : { status: 200, body: { fine: true } });
  expect(await createWebTransport(file).call("job_list", { limit: 1 })).toEqual({ fine: true });
  expect(asked).toHaveLength(2);
  expect(asked[0]?.body).toBe(asked[1]?.body);
  expect(JSON.parse(asked[0]?.body ?? "")).toMatchObject({ args: { limit: 1 } });
});

test("what is refused is said in web's words", async () => {
  writeLogin(file, kept());
  answer = () => ({ status: 403, body: { detail: "Your role does not allow you to do that." } });
  await expect(createWebTransport(file).call("job_cancel", {})).rejects.toThrow("Your role does not allow");
});

test("a lock that a dead command has left is taken over", async () => {
  mkdirSync(`${file}.lock`, { recursive: true });
  utimesSync(`${file}.lock`, 0, 0);
  expect(await withLoginLock(file, () => Promise.resolve("mine"))).toBe("mine");
});

test("the login waits while nobody has decided, slower when it is told so, and through a web that is away", async () => {
  const says: Answer[] = [
    { status: 400, body: { error: "authorization_pending" } },
    { status: 400, body: { error: "slow_down" } },
    { status: 502, body: {} },
    tokens(1),
  ];
  answer = ({ path }) =>
    path === "/oauth/device"
      ? {
          status: 200,
          body: {
            device_code: "d",
            user_code: "BCDF-GHJK",
            verification_uri: `${origin}/device`,
            verification_uri_complete: `${origin}/device?code=BCDF-GHJK`,
            expires_in: 600,
            interval: 5,
          },
        }
      : (says.shift() ?? "broken");
  const waited: number[] = [];
  const clock = { now: () => 0, wait: async (ms: number) => await Promise.resolve(void waited.push(ms)) };
  let printed = "";
  const print = (text: string): void => void (printed += text);
  const login = await loginByDevice({ origin, scope: "read act", print }, clock);
  expect(login).toMatchObject({ origin, accessToken: "access-1" });
  expect(waited).toEqual([5_000, 5_000, 10_000, 10_000]);
  expect(printed).toContain(`${origin}/device?code=BCDF-GHJK`);
  says.push({ status: 400, body: { error: "access_denied" } });
  await expect(loginByDevice({ origin, scope: "read", print }, clock)).rejects.toThrow("it was turned away");
});

test("logging out hands the tokens back, and forgets them also when web is away", async () => {
  writeLogin(file, kept());
  answer = () => ({ status: 200, body: {} });
  expect(await logout(file)).toContain("Logged out");
  expect(asked[0]).toMatchObject({
    path: "/oauth/revoke",
    body: expect.stringContaining("refresh-1") as string,
  });
  writeLogin(file, kept());
  answer = () => "broken";
  expect(await logout(file)).toContain("did not answer");
  expect(readLogin(file)).toBeNull();
  expect(await logout(file)).toContain("Nobody was logged in");
});

test("a file that is no login is said as that, and a new login replaces it", async () => {
  mkdirSync(join(folder, "nightgate"));
  writeFileSync(file, "{");
  expect(await code(createWebTransport(file).call("whoami", {}))).toBe("login.required");
  const nowhere = { file, print: () => undefined };
  expect(await code(logIn(nowhere, { url: null, read: false }))).toBe("login.failed");
  expect(readFileSync(file, "utf8")).toBe("{");
});

test.each([
  ["web.example.com", "https://web.example.com"],
  ["https://web.example.com/settings?x=1", "https://web.example.com"],
  ["http://web.localhost:4600", "http://web.localhost:4600"],
  ["http://127.0.0.1:4600/", "http://127.0.0.1:4600"],
])("%s is %s", (typed, read) => {
  expect(readOrigin(typed)).toBe(read);
});

test.each([
  "http://web.example.com",
  "http://localhost.example.com",
  "http://evillocalhost",
  "ftp://web.localhost",
  "http://",
  "file:///etc/passwd",
])("%s is refused before a byte is sent", (typed) => {
  expect(() => readOrigin(typed)).toThrow(/login did not work/);
});
