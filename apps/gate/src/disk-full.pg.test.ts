// The gate's disk full, really (a small tmpfs): nothing happens by halves, the agent is told in git's words, and what waits goes on when
// there is room. The journal has a disk of its own here, so that each can be full alone.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";
import { newId } from "@nightgate/shared/ids";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { createAppender } from "./journal/durable-file.ts";
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

const isRoot = process.getuid?.() === 0;
const workstation = newId("workstation");
const resource = newId("resource");
const mounted: string[] = [];
let gate: WholeGate;
let upstream: TestUpstream;
let relay: Awaited<ReturnType<typeof startRelay>> | null = null;
let root: string;
let work: string;

function mountSmall(folder: string, size: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=0700`, "tmpfs", folder]);
  mounted.push(folder);
}

/** Takes all the room that there is but `leftPages`; answers how to give it back. */
function fill(folder: string, leftPages = 0): () => void {
  const file = join(folder, "filler");
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(file, Buffer.alloc((bavail - leftPages) * bsize));
  expect(statfsSync(folder).bavail).toBe(leftPages);
  return () => rmSync(file, { force: true });
}

const PAGE_BYTES = 4_096;

/** Appends a line that an older hold could have left, so long that the file's last page has room for `bytes` more. */
function leaveOnPage(path: string, bytes: number): void {
  const lineOf = (words: string): string => {
    const outcome = { state: "failed", words, evidence: {} };
    return `${JSON.stringify({ event: "ended", at: "", organization: "org_x", hold: "H-0", outcome })}\n`;
  };
  const after = statSync(path).size + lineOf("").length;
  const pad = 2 * PAGE_BYTES - bytes - (after % PAGE_BYTES);
  appendFileSync(path, lineOf("x".repeat(pad)));
  expect(statSync(path).size % PAGE_BYTES).toBe(PAGE_BYTES - bytes);
}

const gateFolder = (): string => join(gate.home, "gate");
const journalFolder = (): string => join(gate.home, "gate/journal");
const journalled = (): string => readFileSync(join(journalFolder(), "dispatched.jsonl"), "utf8");

describe.runIf(isRoot)("with small disks", () => {
  beforeAll(async () => {
    root = mkdtempSync("/tmp/ngu-");
    work = join(root, "work");
    mkdirSync(join(root, "home"));
    upstream = await startUpstream(root, (dir) => copyTemplate(dir, work));
    gate = await openWholeGate(inject("postgres"));
    mountSmall(gateFolder(), "32m");
    mountSmall(journalFolder(), "64k");
    await gate.start();
    const { url, credential } = upstream;
    await guardRepository(gate, await foundOverHttp(gate), { workstation, resource, url, credential });
    const socket = join(gate.home, "gate/sockets", workstation, "gate.sock");
    while (!existsSync(socket)) await systemClock.wait(20);
    relay = await startRelay(socket);
    setOrigin(work, `http://localhost:${relay.port}/git/${resource}`);
  });
  afterEach(() => {
    for (const folder of mounted) rmSync(join(folder, "filler"), { force: true });
  });
  afterAll(async () => {
    relay?.stop();
    await gate?.stop("SIGKILL");
    for (const folder of mounted.toReversed()) execFileSync("umount", ["-l", folder]);
    await gate?.close();
    await upstream?.stop();
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

  const heldAs = ({ text }: ClientResult): string => {
    expect(text).toMatch(/refs\/held\/H-/);
    return /refs\/held\/(H-[0-9A-Z]{8})/.exec(text)?.[1] ?? "";
  };
  const main = (): string | undefined => upstream.refs()["refs/heads/main"];

  test("a push is refused in git's words and nothing is held; with room the same push is held, approved and sent (invariant 7)", async () => {
    const id = await commit("one.txt");
    const before = main();
    const free = fill(gateFolder());
    const refused = await git("push", "origin", "main");
    expect(refused.code).not.toBe(0);
    expect(refused.text).toMatch(/no room left on the gate's disk|No space left on device/i);
    expect(refused.text).not.toContain("refs/held");
    expect(await gate.ask("GET", "/api/holds")).toMatchObject({ pending: [] });
    free();
    const hold = heldAs(await git("push", "origin", "main"));
    expect(main()).toBe(before);
    await gate.decide(hold, "approve");
    await untilState(gate, hold, "released");
    expect(main()).toBe(id);
  });

  test("a push under which it runs full is refused in git's words and its objects go again; with room the same push is held", async () => {
    writeFileSync(join(work, "large.bin"), randomBytes(2_000_000));
    await commit("large.txt");
    const free = fill(gateFolder(), 200);
    const refused = await git("push", "origin", "main");
    expect(refused.code).not.toBe(0);
    expect(refused.text).toMatch(/no room left on the gate's disk|No space left on device/i);
    expect(refused.text).not.toContain("refs/held");
    // What had come in is gone: it does not keep the disk full.
    expect(statfsSync(gateFolder()).bavail).toBeGreaterThan(150);
    free();
    const hold = heldAs(await git("push", "origin", "main"));
    await gate.decide(hold, "reject", "Too large.");
    await untilState(gate, hold, "rejected");
    await git("reset", "--quiet", "--hard", "HEAD~1");
  });

  test("a decision is refused with what to do, and the hold waits; with room it counts (invariant 8)", async () => {
    const id = await commit("two.txt");
    const hold = heldAs(await git("push", "origin", "main"));
    const free = fill(gateFolder());
    await expect(gate.decide(hold, "approve")).rejects.toThrow(/507.*no room left on the gate's disk/);
    await untilState(gate, hold, "pending");
    free();
    await gate.decide(hold, "approve");
    await untilState(gate, hold, "released");
    expect(main()).toBe(id);
  });

  test("no room for the line in the journal: nothing is sent, and it goes by itself once there is (invariant 6)", async () => {
    const id = await commit("three.txt");
    const before = main();
    const hold = heldAs(await git("push", "origin", "main"));
    leaveOnPage(join(journalFolder(), "dispatched.jsonl"), 10);
    const free = fill(journalFolder());
    await gate.decide(hold, "approve");
    await expect.poll(() => gate.printed()).toContain("a release could not go on; trying again");
    await untilState(gate, hold, "releasing");
    expect(main()).toBe(before);
    free();
    await untilState(gate, hold, "released");
    expect(main()).toBe(id);
    const lines = journalled().trimEnd().split("\n");
    expect(lines.filter((each) => each.includes(`"dispatched"`) && each.includes(hold))).toHaveLength(1);
    expect(lines.map((each) => JSON.parse(each) as unknown)).toHaveLength(lines.length);
  });

  test("half a line is taken back: what is appended later is whole", () => {
    const path = join(journalFolder(), "lines");
    const file = openSync(path, "a", 0o600);
    const append = createAppender(file);
    append(`${"a".repeat(4_000)}\n`);
    const free = fill(journalFolder());
    // The page has room for 95 bytes of it.
    expect(() => append(`${"b".repeat(4_000)}\n`)).toThrow(/no room left on the gate's disk/);
    free();
    append(`${"c".repeat(10)}\n`);
    closeSync(file);
    expect(readFileSync(path, "utf8")).toBe(`${"a".repeat(4_000)}\n${"c".repeat(10)}\n`);
    rmSync(path);
  });
});
