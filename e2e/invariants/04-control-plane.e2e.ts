// Invariant 4 on the running product: whoever has all of web, all of runner, or even writes the gate's own rows, releases nothing.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { holdReaches, pendingPush, pushHolds, queueTask, readHold } from "@nightgate/testkit/evening";
import { databaseAs, onlyOrganization } from "@nightgate/testkit/product-database";
import { upstreamSha } from "@nightgate/testkit/sample-upstream";
import { until } from "@nightgate/testkit/until";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Night, openNight } from "../support/evenings.ts";
import { killProcess } from "../support/processes.ts";
import { askRaw, openIdle, sendBytes } from "../support/raw-request.ts";
import { tellOnFailure } from "../support/world.ts";

/** `npm run nightgate`. */
const COMMAND = fileURLToPath(new URL("../../tools/nightgate.mjs", import.meta.url));
const LOOKED_MS_MAX = 60_000;
const IDLE_CONNECTIONS = 2_500;
let night: Night;
let organization: string;
let hold: string;
let before: string | null;

beforeAll(async () => {
  night = await openNight();
  organization = await onlyOrganization(night.product.home);
  before = upstreamSha(night.product.home);
  await queueTask(night.evening, "Add a note and push it to main.");
  hold = (await pendingPush(night.evening)).id;
});
beforeEach(() => tellOnFailure(night));
afterAll(async () => await night?.stop());

describe.each(["web", "runner", "provisioner"] as const)(
  "with all that %s can do in the database",
  (role) => {
    test.each([
      ["approve a hold", "UPDATE gate.holds SET state = 'approved' WHERE id = $1", true],
      ["write a decision", "INSERT INTO gate.decisions (hold_id) VALUES ($1)", true],
      ["read a secret", "SELECT sealed FROM gate.secrets", false],
      ["read a passkey", "SELECT * FROM gate.passkeys", false],
      ["add a passkey", "INSERT INTO gate.passkeys DEFAULT VALUES", false],
      ["change the policy", "INSERT INTO gate.policies DEFAULT VALUES", false],
      ["write a receipt", "INSERT INTO gate.receipts DEFAULT VALUES", false],
      ["take a workstation", "UPDATE gate.workstations SET organization_id = 'org_x'", false],
      ["become the gate", "SET ROLE nightgate_gate", false],
      ["become the owner", "SET ROLE nightgate_owner", false],
      ["run a program", "COPY (SELECT 1) TO PROGRAM 'true'", false],
    ] as const)("W1, invariant 4: nobody can %s", async (_what, sql, named) => {
      const said = await databaseAs(night.product.home, role).refusal(sql, named ? [hold] : [], organization);
      expect(said).toMatch(/permission denied|must be (a )?(superuser|member)/);
    });
  },
);

describe("W16: an agent that would decide for itself, from inside the workstation", () => {
  test.each([
    "/api/sign-in/begin",
    "/api/enrol/begin",
    "/api/holds",
    "/holds",
    "/sign-in",
    "/api/token",
    "/api/keys",
  ])(
    "finds the gate's %s on no way: not by its name, not by its address, not through its own socket",
    (path) => {
      const { gate } = night.product;
      const { host, port } = new URL(gate);
      const ask = "curl -sS --max-time 10 -X POST -H 'content-type: application/json' -d '{}'";
      const { output } = night.inside.run(
        [
          `${ask} -H 'Origin: ${gate}' ${gate}${path}`,
          `${ask} -H 'Origin: ${gate}' --noproxy '*' ${gate}${path}`,
          `${ask} -H 'Host: ${host}' -H 'Origin: ${gate}' http://127.0.0.1:${port}${path}`,
          `${ask} -p -H 'Host: ${host}' http://127.0.0.1:${port}${path}`,
          `${ask} --unix-socket /run/nightgate/gate/gate.sock -H 'Host: ${host}' -H 'Origin: ${gate}' http://${host}${path}`,
          `${ask} --unix-socket /run/nightgate/gate/gate.sock http://gate.nightgate${path}`,
          `curl -sS --max-time 10 --unix-socket /run/nightgate/gate/gate.sock --path-as-is http://gate.nightgate/git/..${path}`,
        ].join("; "),
        "agent",
      );
      expect(output).not.toMatch(/"challenge"|"pending"|<html|"keys"|rpId/);
    },
  );
});

describe("web, asked past its own door", () => {
  const cookie = async (): Promise<string> =>
    (await night.evening.person.context.cookies(night.product.web))
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
  const PAST = [
    { "x-middleware-subrequest": "proxy:proxy:proxy:proxy:proxy" },
    { "x-middleware-subrequest": "middleware:middleware:middleware:middleware:middleware" },
    {
      "x-middleware-subrequest": "src/middleware:src/middleware:src/middleware:src/middleware:src/middleware",
    },
    { "x-middleware-prefetch": "1", "x-middleware-next": "1" },
    { "x-middleware-invoke": "1", "x-middleware-rewrite": "/api/live", "x-invoke-path": "/api/live" },
    { "x-forwarded-host": "web.localhost", "x-original-url": "/api/health", "x-rewrite-url": "/api/health" },
  ];

  test.each(PAST)("A3: its checks are not skipped by %j", async (headers) => {
    const { web } = night.product;
    expect((await askRaw(`${web}/jobs`, { headers: { host: "evil.example", ...headers } })).status).toBe(421);
    const own = { cookie: await cookie(), "content-type": "application/json", ...headers };
    for (const origin of [{}, { origin: "null" }, { origin: night.product.gate }])
      expect(
        (await askRaw(`${web}/api/sign-out`, { method: "POST", headers: { ...own, ...origin }, body: "{}" }))
          .status,
      ).toBe(403);
    // To what it takes for a look ahead, Next itself answers "{}", and asks nobody for it.
    const ahead = await askRaw(`${web}/api/live`, { headers });
    expect([ahead.status, ahead.text === "{}"]).toEqual(ahead.status === 200 ? [200, true] : [401, false]);
  });

  test("A3: a server action that nobody has written is none, and a foreign one is refused at the door", async () => {
    const { web } = night.product;
    const headers = {
      cookie: await cookie(),
      "next-action": "00".repeat(20),
      "content-type": "text/plain;charset=UTF-8",
    };
    const own = await askRaw(`${web}/`, { method: "POST", headers: { ...headers, origin: web }, body: "[]" });
    expect(own.status).toBeGreaterThanOrEqual(400);
    const foreign = await askRaw(`${web}/`, {
      method: "POST",
      headers: { ...headers, origin: "https://evil.example" },
      body: "[]",
    });
    expect(foreign.status).toBe(403);
  });

  test("A1: without a session a page's data is no more to be had than the page, and pictures are fetched from nowhere", async () => {
    const { web } = night.product;
    for (const headers of [
      { rsc: "1" },
      { rsc: "1", "next-router-prefetch": "1" },
      { "x-nextjs-data": "1" },
    ] as Record<string, string>[])
      for (const path of ["/", "/jobs", "/workstations", "/settings/members"]) {
        const { text } = await askRaw(`${web}${path}`, { headers });
        expect(text).not.toContain(night.evening.workstation.id);
        expect(text).not.toContain(organization);
      }
    const picture = await askRaw(
      `${web}/_next/image?url=${encodeURIComponent(`${night.product.gate}/api/keys`)}&w=64&q=75`,
    );
    expect(picture.status).toBe(404);
    const sent = await askRaw(`${web}/auth/start?return=//evil.example`, {
      headers: { "x-forwarded-host": "evil.example" },
    });
    expect(new URL(String(sent.headers["location"])).origin).toBe(night.product.gate);
  });
});

describe.each(["web", "gate"] as const)("on %s's port", (name) => {
  const smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
  test.each([
    ["two lengths", `Content-Length: 4\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`],
    ["a length and chunks", `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ["chunks by another spelling", `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ["a space before the colon", `Content-Length : 0\r\n\r\n${smuggled}`],
    ["a folded header", `X: a\r\n Content-Length: 0\r\n\r\n${smuggled}`],
    ["a NUL in a header", `X: a\0b\r\n\r\n${smuggled}`],
    ["a line break alone", `X: a\nContent-Length: 0\r\n\r\n${smuggled}`],
    ["a length that is none", `Content-Length: +4\r\n\r\n${smuggled}`],
  ])(
    "H11: a request with %s is refused whole, and what is hidden behind it is never asked",
    async (_what, rest) => {
      const url = night.product[name];
      const answer = await sendBytes(
        url,
        `POST /api/sign-out HTTP/1.1\r\nHost: ${new URL(url).host}\r\n${rest}`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    },
  );

  test("W8: an absolute address, a second Host or a forwarded one is not whom we answer as", async () => {
    const { web, gate } = night.product;
    const url = night.product[name];
    const [own, other] = [new URL(url).host, new URL(name === "web" ? gate : web).host];
    const ask = async (lines: string): Promise<string> =>
      await sendBytes(url, `${lines}\r\nConnection: close\r\n\r\n`);
    const absolute = await ask(
      `GET http://evil.example/ HTTP/1.1\r\nHost: ${own}\r\nX-Forwarded-Host: evil.example`,
    );
    expect(absolute).not.toMatch(/^HTTP\/1\.1 2|set-cookie/i);
    for (const path of [
      "//evil.example/",
      "//evil.example/%2e%2e//",
      "/\\\\evil.example/",
      "/%09//evil.example/",
    ])
      expect(await ask(`GET ${path} HTTP/1.1\r\nHost: ${own}`)).not.toMatch(
        /^location: *(https?:)?[\\/]{2}evil/im,
      );
    expect(
      await ask(`GET / HTTP/1.1\r\nHost: ${other}\r\nX-Forwarded-Host: ${own}\r\nForwarded: host=${own}`),
    ).toMatch(/^HTTP\/1\.1 421 /);
    expect(await ask(`GET / HTTP/1.1\r\nHost: ${other}\r\nHost: ${own}`)).toMatch(/^HTTP\/1\.1 4(00|21) /);
    expect(await ask("GET / HTTP/1.1")).toMatch(/^HTTP\/1\.1 4(00|21) /);
    expect(await ask(`GET / HTTP/1.1\r\nHost: ${own}\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA`)).not.toMatch(
      /^HTTP\/1\.1 101/,
    );
    expect(await ask(`CONNECT ${other} HTTP/1.1\r\nHost: ${other}`)).not.toMatch(/^HTTP\/1\.1 2/);
  });
});

test("H39, invariant 12: thousands of connections to the gate's pages that say nothing are bounded, and no workstation's way out feels them", async () => {
  const { gate } = night.product;
  const idle = await openIdle(gate, IDLE_CONNECTIONS);
  try {
    await expect.poll(() => idle.open()).toBeLessThanOrEqual(2_000);
    const { output, status } = night.inside.run(
      "curl -sS --max-time 10 --unix-socket /run/nightgate/gate/gate.sock http://gate.nightgate/nightgate/environment",
    );
    expect(status, output).toBe(0);
    expect(output).toContain(night.evening.workstation.id);
  } finally {
    idle.close();
  }
  await expect
    .poll(async () => (await askRaw(`${gate}/sign-in`).catch(() => ({ status: 0 }))).status)
    .toBe(200);
});

test("L1, invariant 11: the running product's log is exported on its host, verified with public keys alone, and an entry that was changed on the way is named", () => {
  const { home } = night.product;
  const file = join(home, "exported-log.json");
  const command = (...args: string[]): { status: number | null; said: string } => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, "audit", ...args], {
      env: { PATH: process.env["PATH"], NIGHTGATE_HOME: home },
      encoding: "utf8",
    });
    return { status, said: stdout + stderr };
  };
  expect(command("export", file)).toMatchObject({ status: 0 });
  expect(command("verify", file)).toEqual({
    status: 0,
    said: expect.stringMatching(/^All \d+ entries of org_\w+ hold\./) as string,
  });
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(`"hold":"${hold}"`, '"hold":"H-00000000"'));
  expect(command("verify", file)).toEqual({
    status: 1,
    said: expect.stringMatching(/^Entry \d+ of \d+ is bad: /) as string,
  });
});

describe("with all that the gate's own role can write", () => {
  const forge = async (sql: string, values: unknown[]): Promise<void> => {
    await databaseAs(night.product.home, "gate").run(sql, values, organization);
    await killProcess(night.product, "gate");
    await until("the gate to be back", LOOKED_MS_MAX, async () => await pushHolds(night.evening));
  };

  test("W1, A5, invariant 4: a hold whose row says approved is not released, and the row is put right by the log", async () => {
    await forge(
      "UPDATE gate.holds SET state = 'approved', decided_at = now(), decided_by = 'per_x' WHERE id = $1",
      [hold],
    );
    await holdReaches(night.evening, hold, "pending");
    expect(upstreamSha(night.product.home)).toBe(before);
    expect(night.product.log("gate", 200)).toMatch(/disagreed with the log|without a valid approval/);
  });

  test("invariant 4: a decision that was forged beside the forged row does not help it", async () => {
    await databaseAs(night.product.home, "gate").run(
      `INSERT INTO gate.decisions (organization_id, hold_id, person_id, credential, verdict, nonce, log_head, challenge, assertion)
       VALUES ($1, $2, 'per_x', 'x', '{"verdict":"approve","words":"","ticked":[]}', 'x', 'x', 'x', '{}')`,
      [organization, hold],
      organization,
    );
    await forge("UPDATE gate.holds SET state = 'approved' WHERE id = $1", [hold]);
    await until(
      "the hold not to be approved",
      LOOKED_MS_MAX,
      async () => (await readHold(night.evening, hold)).state !== "approved",
    );
    expect((await readHold(night.evening, hold)).state).not.toBe("released");
    expect(upstreamSha(night.product.home)).toBe(before);
  });
});
