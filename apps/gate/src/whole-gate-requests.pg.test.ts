// Pull requests through the whole gate: a real push by git, real curl through the workstation's socket, a passkey over HTTP, and a host that answers.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { systemClock } from "@nightgate/shared/clock";
import { newId } from "@nightgate/shared/ids";
import { type GithubApi, startGithubApi } from "@nightgate/testkit/fake-internet/github-api";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { startRelay } from "./net/testing/tunnel.ts";
import { startClient } from "./surfaces/git/testing/client.ts";
import { copyTemplate, setOrigin } from "./surfaces/git/testing/template.ts";
import { startUpstream, type TestUpstream } from "./surfaces/git/testing/upstream.ts";
import {
  foundOverHttp,
  guardRepository,
  openWholeGate,
  untilState,
  type WholeGate,
} from "./testing/whole-gate.ts";

const run = promisify(execFile);
const HOST = "api.github.test";
const workstation = newId("workstation");
const resource = newId("resource");
let gate: WholeGate;
let upstream: TestUpstream;
let github: GithubApi;
let relay: Awaited<ReturnType<typeof startRelay>>;
let root: string;
let work: string;

beforeAll(async () => {
  root = mkdtempSync("/tmp/ngf-");
  work = join(root, "work");
  mkdirSync(join(root, "home"));
  upstream = await startUpstream(root, (dir) => copyTemplate(dir, work));
  const [, token = ""] = upstream.credential.split(":");
  github = await startGithubApi({
    owner: "acme",
    name: "shop",
    token,
    hasBranch: (branch) => upstream.refs()[`refs/heads/${branch}`] !== undefined,
  });
  gate = await openWholeGate(inject("postgres"));
  await gate.start();
  const organization = await foundOverHttp(gate);
  await guardRepository(gate, organization, {
    workstation,
    resource,
    url: upstream.url,
    credential: upstream.credential,
    forge: { pack: "github", url: github.url, host: HOST },
  });
  const socket = join(gate.home, "gate/sockets", workstation, "gate.sock");
  while (!existsSync(socket)) await systemClock.wait(20);
  relay = await startRelay(socket);
  setOrigin(work, `http://localhost:${relay.port}/git/${resource}`);
});
afterAll(async () => {
  relay.stop();
  await gate.close();
  await github.stop();
  await upstream.stop();
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  github.loseAnswers = false;
  github.requests.length = 0;
});

async function push(branch: string, name: string): Promise<string> {
  const git = async (...args: string[]): Promise<string> =>
    (await startClient(work, join(root, "home"), args).ended).text;
  await git("checkout", "-q", "-B", branch);
  writeFileSync(join(work, name), `${name}\n`);
  await git("add", "-A");
  await git("commit", "--quiet", "-m", `Add ${name}`);
  return /refs\/held\/(H-[0-9A-Z]{8})/.exec(await git("push", "origin", branch))?.[1] ?? "";
}

interface Answer {
  status: number;
  body: { message?: string; hold?: string; html_url?: string; number?: number };
}

/** As an agent asks: curl, by the proxy that its workstation has. */
async function curl(method: string, path: string, body?: unknown, headers: string[] = []): Promise<Answer> {
  const file = join(root, "body.json");
  writeFileSync(file, JSON.stringify(body ?? null));
  const { stdout } = await run("curl", [
    "-sS",
    "--noproxy",
    "",
    "-x",
    `http://127.0.0.1:${relay.port}`,
    "-X",
    method,
    "-w",
    "\n%{http_code}",
    ...headers.flatMap((header) => ["-H", header]),
    ...(body === undefined ? [] : ["--data-binary", `@${file}`]),
    `http://${HOST}${path}`,
  ]);
  const at = stdout.lastIndexOf("\n");
  return { status: Number(stdout.slice(at + 1)), body: JSON.parse(stdout.slice(0, at)) as Answer["body"] };
}

const openPull = async (branch: string, title = `Add ${branch}`): Promise<Answer> =>
  await curl("POST", "/repos/acme/shop/pulls", { title, head: branch, base: "main", body: "What and why." });
const writes = (): string[] =>
  github.requests.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);

async function afterOf(hold: string): Promise<string | null> {
  const detail = await gate.ask<{ after: { id: string } | null }>("GET", `/api/holds/${hold}`);
  return detail.after?.id ?? null;
}

test("a pull request on a held branch follows its push: approved first, it waits; both arrive in order, each once", async () => {
  const pushed = await push("one", "one.txt");
  const asked = await openPull("one");
  expect(asked).toMatchObject({
    status: 403,
    body: { message: expect.stringContaining("NOT sent yet") as string },
  });
  const pull = asked.body.hold ?? "";
  expect(await afterOf(pull)).toBe(pushed);
  await gate.decide(pull, "approve");
  await untilState(gate, pull, "approved");
  expect(writes()).toEqual([]);
  await gate.decide(pushed, "approve");
  await untilState(gate, pull, "released");
  expect(github.pulls.at(-1)).toMatchObject({
    title: "Add one",
    head: { ref: "one" },
    body: "What and why.",
  });
  expect(writes()).toEqual(["POST /repos/acme/shop/pulls"]);
});

test("H28, H29, H30: a retry finds its hold while it waits, its answer once, and then it is a new request", async () => {
  const pushed = await push("two", "two.txt");
  const first = await openPull("two");
  const again = await openPull("two");
  expect(again.body.hold).toBe(first.body.hold);
  await gate.decide(pushed, "approve");
  await gate.decide(first.body.hold ?? "", "approve");
  await untilState(gate, first.body.hold ?? "", "released");
  expect(await openPull("two")).toMatchObject({
    status: 201,
    body: { html_url: github.pulls.at(-1)?.html_url },
  });
  const third = await openPull("two");
  expect(third.status).toBe(403);
  expect(third.body.hold).not.toBe(first.body.hold);
  await gate.decide(third.body.hold ?? "", "reject", "One is enough.");
});

test("the push is replaced by a newer one: the pull request follows that one", async () => {
  await push("three", "three.txt");
  const pull = (await openPull("three")).body.hold ?? "";
  const newer = await push("three", "three-more.txt");
  expect(await afterOf(pull)).toBe(newer);
  await gate.decide(pull, "approve");
  await gate.decide(newer, "approve");
  await untilState(gate, pull, "released");
});

test("the push is rejected: the pull request is withdrawn, pending or approved, and nothing of it was sent", async () => {
  for (const approved of [false, true]) {
    const branch = `four-${String(approved)}`;
    const pushed = await push(branch, `${branch}.txt`);
    const pull = (await openPull(branch)).body.hold ?? "";
    if (approved) await gate.decide(pull, "approve");
    await gate.decide(pushed, "reject", "Not like this.");
    await untilState(gate, pull, "withdrawn");
  }
  expect(writes()).toEqual([]);
});

test("H31, H36: what an agent says of who it is stays here; the repository's own token goes, and the body is written anew", async () => {
  const headers = ["authorization: Bearer mine", "cookie: a=b", "x-http-method-override: DELETE"];
  const asked = await curl("POST", "/repos/acme/shop/issues/7/comments", { body: "Done.\u202E" }, headers);
  const hold = asked.body.hold ?? "";
  await gate.decide(hold, "approve");
  await untilState(gate, hold, "released");
  const sent = github.requests.find(({ method }) => method === "POST");
  expect(sent?.headers).toMatchObject({ authorization: `Bearer ${upstream.credential.split(":")[1]}` });
  expect(sent?.headers).not.toHaveProperty("cookie");
  expect(sent?.headers).not.toHaveProperty("x-http-method-override");
  expect(sent?.body).toBe(JSON.stringify({ body: "Done.\u202E" }));
});

test("reads of the repository pass with its token, and no others", async () => {
  expect(await curl("GET", "/repos/acme/shop")).toMatchObject({ status: 200 });
  expect(await curl("GET", "/repos/acme/other")).toMatchObject({ status: 403 });
  expect(await curl("PUT", "/repos/acme/shop/contents/x", {})).toMatchObject({ status: 403 });
  expect(github.requests.map(({ path }) => path)).toEqual(["/repos/acme/shop"]);
});

test("what was refused is in the log, requests and pushes, once for all of it", async () => {
  const refused = await startClient(work, join(root, "home"), ["push", "origin", "HEAD:refs/replace/x"])
    .ended;
  expect(refused.code).not.toBe(0);
  await gate.stop();
  await gate.start();
  const client = new pg.Client({ connectionString: gate.database.urls.superuser });
  await client.connect();
  const { rows } = await client.query<{ what: string }>(
    "SELECT body ->> 'what' AS what FROM gate.receipts WHERE kind = 'refused'",
  );
  await client.end();
  expect(rows).toHaveLength(1);
  expect(rows[0]?.what).toContain(`GET ${HOST}`);
  expect(rows[0]?.what).toContain("push to acme/shop");
});

test.each([
  ["a body that is no object", [1]],
  ["no branch", { title: "x" }],
  ["a branch of somebody else's repository", { title: "x", head: "mallory:x", base: "main" }],
  ["a body over the limit", { title: "x", head: "x", base: "main", body: "x".repeat(200_000) }],
])("bad input is refused and holds nothing: %s", async (_what, body) => {
  const { status, body: said } = await curl("POST", "/repos/acme/shop/pulls", body);
  expect([400, 403, 413]).toContain(status);
  expect(said.hold).toBeUndefined();
});

test("the host refuses: its own words reach the agent and the page, and it is not tried again", async () => {
  const asked = await openPull("never-pushed");
  const hold = asked.body.hold ?? "";
  await gate.decide(hold, "approve");
  await untilState(gate, hold, "failed");
  expect(await openPull("never-pushed")).toMatchObject({
    status: 422,
    body: { message: "Validation Failed" },
  });
  expect(writes()).toHaveLength(1);
});

test("invariant 6: the answer is lost: the host is asked, and what is there is not sent again", async () => {
  const pushed = await push("five", "five.txt");
  const pull = (await openPull("five")).body.hold ?? "";
  await gate.decide(pushed, "approve");
  await untilState(gate, pushed, "released");
  github.loseAnswers = true;
  await gate.decide(pull, "approve");
  await untilState(gate, pull, "released");
  expect(writes()).toHaveLength(1);
});

test("invariant 6: the gate is killed after the journal knew of it: nobody can say, so a person does; it is not sent again", async () => {
  const asked = await curl("POST", "/repos/acme/shop/issues/8/comments", { body: "Once." });
  const hold = asked.body.hold ?? "";
  await gate.stop();
  await gate.start("after-dispatch-journal");
  await gate.decide(hold, "approve").catch((died: unknown) => died);
  expect(await gate.ended()).toBe("SIGKILL");
  await gate.start();
  await untilState(gate, hold, "unknown");
  expect(writes()).toEqual([]);
});
