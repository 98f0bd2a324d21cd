import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";
import { newId } from "@nightgate/shared/ids";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { FaultPoint } from "./core/store-ports.ts";
import { startRelay } from "./net/testing/tunnel.ts";
import { type ClientResult, startClient } from "./surfaces/git/testing/client.ts";
import { copyTemplate, setOrigin } from "./surfaces/git/testing/template.ts";
import { startUpstream, type TestUpstream } from "./surfaces/git/testing/upstream.ts";
import {
  foundOverHttp,
  guardRepository,
  openWholeGate,
  untilState,
  type WholeGate,
} from "./testing/whole-gate.ts";

let gate: WholeGate;
let upstream: TestUpstream;
let relay: Awaited<ReturnType<typeof startRelay>>;
let root: string;
let work: string;
let organization: string;
const workstation = newId("workstation");
const resource = newId("resource");

beforeAll(async () => {
  root = mkdtempSync("/tmp/ngu-");
  work = join(root, "work");
  mkdirSync(join(root, "home"));
  upstream = await startUpstream(root, (dir) => copyTemplate(dir, work));
  gate = await openWholeGate(inject("postgres"));
  await gate.start();
  organization = await foundOverHttp(gate);
  const { url, credential } = upstream;
  await guardRepository(gate, organization, { workstation, resource, url, credential });
  const socket = join(gate.home, "gate/sockets", workstation, "gate.sock");
  while (!existsSync(socket)) await systemClock.wait(20);
  relay = await startRelay(socket);
  setOrigin(work, `http://localhost:${relay.port}/git/${resource}`);
});
afterAll(async () => {
  relay.stop();
  await gate.close();
  await upstream.stop();
  rmSync(root, { recursive: true, force: true });
});

const git = async (...args: string[]): Promise<ClientResult> =>
  await startClient(work, join(root, "home"), args).ended;

async function commit(name: string): Promise<string> {
  writeFileSync(join(work, name), `${name}\n`);
  await git("add", "-A");
  await git("commit", "--quiet", "-m", `Add ${name}`);
  return (await git("rev-parse", "HEAD")).text.trim();
}

const heldAs = (result: ClientResult): string => /refs\/held\/(H-[0-9A-Z]{8})/.exec(result.text)?.[1] ?? "";

test("a real push is held, approved with a passkey over HTTP, and arrives: exactly that commit", async () => {
  const id = await commit("one.txt");
  const pushed = await git("push", "origin", "main");
  expect(pushed).toMatchObject({ code: 0, text: expect.stringContaining("NOT pushed yet") as string });
  const hold = heldAs(pushed);
  expect(upstream.refs()["refs/heads/main"]).not.toBe(id);
  await gate.decide(hold, "approve");
  await untilState(gate, hold, "released");
  expect(upstream.refs()["refs/heads/main"]).toBe(id);
});

test("a held push that keeps going: the second supersedes the first, and one approval releases it", async () => {
  await commit("two.txt");
  const first = heldAs(await git("push", "origin", "main"));
  const id = await commit("three.txt");
  const second = heldAs(await git("push", "origin", "main"));
  await untilState(gate, first, "superseded");
  await expect(gate.decide(first, "approve")).rejects.toThrow(/superseded/);
  await gate.decide(second, "approve");
  await untilState(gate, second, "released");
  expect(upstream.refs()["refs/heads/main"]).toBe(id);
});

test("a rejected push does not arrive", async () => {
  const id = await commit("four.txt");
  const hold = heldAs(await git("push", "origin", "main"));
  await gate.decide(hold, "reject", "Not four.");
  await untilState(gate, hold, "rejected");
  expect(upstream.refs()["refs/heads/main"]).not.toBe(id);
});

describe("D1: the gate is killed with SIGKILL while a push is held or released", () => {
  const crash = async (fault: FaultPoint): Promise<{ hold: string; id: string }> => {
    await gate.stop();
    const id = await commit(`${fault}.txt`);
    await gate.start(fault);
    const hold = heldAs(await git("push", "origin", "main"));
    if (hold !== "") await gate.decide(hold, "approve").catch((died: unknown) => died);
    expect(await gate.ended()).toBe("SIGKILL");
    await gate.start();
    return { hold, id };
  };
  const pushesSeen = (): number =>
    upstream.requests.filter((request) => request.url.endsWith("/git-receive-pack")).length;

  test.each(["after-keep", "after-hold-row"] as const)(
    "invariant 7: %s, the client was not told of a hold, and pushing again attaches or asks anew",
    async (fault) => {
      const { hold, id } = await crash(fault);
      expect(hold).toBe("");
      const again = heldAs(await git("push", "origin", "main"));
      expect(again).toMatch(/^H-/);
      await gate.decide(again, "approve");
      await untilState(gate, again, "released");
      expect(upstream.refs()["refs/heads/main"]).toBe(id);
    },
  );

  test.each(["after-decision", "before-dispatch", "after-release-before-row"] as const)(
    "invariant 6: %s, it arrives, and was sent once",
    async (fault) => {
      const before = pushesSeen();
      const { hold, id } = await crash(fault);
      await untilState(gate, hold, "released");
      expect(upstream.refs()["refs/heads/main"]).toBe(id);
      expect(pushesSeen() - before).toBe(1);
    },
  );

  test("invariant 6: after-dispatch-journal, before the first byte: it is found out that nothing arrived", async () => {
    const before = upstream.refs()["refs/heads/main"];
    const { hold } = await crash("after-dispatch-journal");
    await untilState(gate, hold, "failed");
    expect(upstream.refs()["refs/heads/main"]).toBe(before);
  });
});

test("invariant 2: the credential is in no log line of the gate", () => {
  const [, secret = "-"] = upstream.credential.split(":");
  expect(gate.printed()).not.toContain(secret);
  expect(gate.printed()).not.toContain(Buffer.from(upstream.credential).toString("base64"));
});

test("invariant 11: after all these deaths the log verifies", async () => {
  expect(await gate.ask<{ firstBad: unknown }>("POST", "/api/audit/verify", {})).toMatchObject({
    firstBad: null,
  });
});

test("SIGTERM ends it in order", async () => {
  await gate.stop("SIGTERM");
  expect(await gate.ended()).toBe(0);
});
