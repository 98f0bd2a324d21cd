/** Runs over a fake agent (a real process that speaks ACP): prompts in order, broken connections, deaths, and an agentd that is killed itself. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "@nightgate/shared/clock";
import { newId } from "@nightgate/shared/ids";
import type { RunEventBody } from "@nightgate/shared/run-events";
import { until } from "@nightgate/testkit/until";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AgentAdapter } from "../adapters/adapter.ts";
import { claudeAdapter } from "../adapters/claude/adapter.ts";
import type { RunSurroundings } from "./live-session.ts";
import { openRuns, type Runs } from "./runs.ts";

const fake: AgentAdapter = {
  name: "claude",
  modelVariables: ["MODEL"],
  command: [process.execPath, fileURLToPath(new URL("../testing/fake-agent.ts", import.meta.url))],
  environment: () => ({}),
  freeMode: null,
  failureOf: claudeAdapter.failureOf,
  repeatsRefused: true,
};

let folder: string;
let model: Record<string, string>;
let runs: Runs;
let gateAnswers: Promise<void>;
let gateAsked = 0;
let refusal: number | null = null;
const started: Runs[] = [];

const surroundings = (): RunSurroundings => ({
  // Whoever runs the test: no other user is needed for a fake agent.
  user: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, home: folder },
  clock: systemClock,
  environment: () => ({ PATH: "/usr/bin:/bin", ...model }),
  refresh: async () => true,
  untilGateAnswers: async (signal) => {
    gateAsked += 1;
    await Promise.race([gateAnswers, new Promise((_, reject) => signal.addEventListener("abort", reject))]);
  },
  adapterOf: () => fake,
  refusalOf: async () => refusal,
});

const open = async (): Promise<void> => {
  runs = await openRuns(join(folder, "runs"), surroundings());
  started.push(runs);
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "nightgate-runs-"));
  gateAnswers = Promise.resolve();
  gateAsked = 0;
  refusal = null;
  model = { MODEL: "here" };
  await open();
});

afterEach(async () => {
  for (const each of started.splice(0)) for (const { run } of each.list()) await each.find(run)?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const begin = async (text: string, run = newId("run")): Promise<string> => {
  expect(
    await runs.command({
      type: "run.start",
      id: newId("job"),
      run,
      agent: "claude",
      session: null,
      repository: null,
      after: 0,
      prompt: newId("resource"),
      text,
    }),
  ).toEqual({ ok: true });
  return run;
};
const bodies = async (run: string): Promise<RunEventBody[]> => {
  const log = runs.find(run)?.log;
  await log?.flush();
  const reader = log?.reader(0);
  const found: RunEventBody[] = [];
  for (let events = (await reader?.next()) ?? []; events.length > 0; events = (await reader?.next()) ?? [])
    found.push(...events.map(({ body }) => body));
  return found;
};
const kinds = async (run: string): Promise<string[]> => (await bodies(run)).map(({ kind }) => kind);
const phase = async (run: string, wanted: string): Promise<void> => {
  await until(`${run} to be ${wanted}`, 10_000, () => runs.find(run)?.info().phase === wanted);
};

test("pieces of a message become one event; the prompt and the end of its turn stand around it", async () => {
  const run = await begin("hello there");
  await phase(run, "idle");
  expect(await bodies(run)).toMatchObject([
    { kind: "prompt", text: "hello there" },
    { kind: "session.started", session: "fake-session", resumed: false },
    { kind: "agent.message", text: "Heard: hello there" },
    { kind: "turn.ended", stopReason: "end_turn" },
  ]);
});

test("a permission is given at once: only the gate reaches a person", async () => {
  const run = await begin("ask me");
  await phase(run, "idle");
  expect((await bodies(run))[2]).toEqual({ kind: "agent.message", text: "You said yes" });
});

test("invariant 10: a turn whose connection to the model broke goes on when the gate answers again", async () => {
  let back: () => void = () => undefined;
  gateAnswers = new Promise<void>((resolve) => (back = resolve));
  const run = await begin("break it");
  await until("the gate to be asked", 10_000, () => gateAsked > 0);
  expect(await kinds(run)).toEqual(["prompt", "session.started", "agent.message", "note"]);
  back();
  await phase(run, "idle");
  const told = await bodies(run);
  expect(told.slice(4)).toMatchObject([
    { kind: "agent.message", text: expect.stringContaining("Continue exactly where you were") as string },
    { kind: "turn.ended" },
  ]);
  expect(told.filter(({ kind }) => kind === "prompt")).toHaveLength(1);
});

test("what the provider refuses is not tried again: the runner knows what to do", async () => {
  const run = await begin("limited now");
  await phase(run, "idle");
  expect((await bodies(run)).at(-1)).toMatchObject({
    kind: "turn.failed",
    message: expect.stringContaining("429") as string,
  });
  expect(gateAsked).toBe(0);
});

test("a run that begins anew may have another agent, which knows nothing of the first one's session", async () => {
  const run = await begin("hello there");
  await phase(run, "idle");
  expect(await runs.command({ type: "run.stop", id: newId("job"), run })).toEqual({ ok: true });
  const start = {
    type: "run.start",
    run,
    agent: "codex",
    session: null,
    repository: null,
    after: 0,
  } as const;
  const fresh = { ...start, id: newId("job"), fresh: true, prompt: newId("resource"), text: "take over" };
  expect(await runs.command(fresh)).toEqual({ ok: true });
  await phase(run, "idle");
  expect(runs.find(run)?.record.agent).toBe("codex");
  expect((await bodies(run)).filter(({ kind }) => kind === "session.started")).toMatchObject([
    { agent: "claude", resumed: false },
    { agent: "codex", resumed: false },
  ]);
});

test("an agent that dies ends the session with its last words, and the next start resumes it", async () => {
  const run = await begin("die now");
  await phase(run, "ended");
  expect((await bodies(run)).at(-1)).toMatchObject({
    kind: "session.ended",
    error: expect.stringContaining("I cannot go on") as string,
  });
  await begin("hello again", run);
  await phase(run, "idle");
  expect((await bodies(run)).filter(({ kind }) => kind === "session.started")).toMatchObject([
    { resumed: false },
    { resumed: true },
  ]);
});

test("an agent that repeats a refused call without end is interrupted, and the refusal is what ended its turn", async () => {
  const run = await begin("hang on");
  await phase(run, "working");
  refusal = 429;
  await phase(run, "idle");
  expect((await bodies(run)).at(-1)).toMatchObject({
    kind: "turn.failed",
    message: expect.stringContaining("429") as string,
  });
});

test("prompts wait their turn, an interrupt ends one turn, and no prompt is taken twice", async () => {
  const run = await begin("hang on");
  await phase(run, "working");
  const prompt = { type: "run.prompt", run, prompt: "p2", text: "and then" } as const;
  expect(await runs.command({ ...prompt, id: "a" })).toEqual({ ok: true });
  expect(await runs.command({ ...prompt, id: "b" })).toEqual({ ok: true });
  await until("the turn to be cancelled", 10_000, async () => {
    await runs.command({ type: "run.interrupt", id: newId("job"), run });
    return (await kinds(run)).includes("turn.ended");
  });
  await phase(run, "idle");
  expect((await bodies(run)).filter(({ kind }) => kind === "prompt" || kind === "turn.ended")).toMatchObject([
    { text: "hang on" },
    { stopReason: "cancelled" },
    { text: "and then" },
    { stopReason: "end_turn" },
  ]);
});

test("without a model the agent is not started, and the sentence says what to do", async () => {
  model = {};
  const run = await begin("hello");
  await until("the failure", 5_000, async () => (await kinds(run)).includes("turn.failed"));
  expect((await bodies(run)).at(-1)).toMatchObject({
    kind: "turn.failed",
    message: expect.stringContaining("No model is set up for claude") as string,
  });
});

test("a stop while the gate is waited for ends everything", async () => {
  gateAnswers = new Promise(() => undefined);
  const run = await begin("break it");
  await until("the gate to be asked", 10_000, () => gateAsked > 0);
  runs.find(run)?.interrupt().catch(String);
  await phase(run, "idle");
  expect(await runs.command({ type: "run.stop", id: "stop", run })).toEqual({ ok: true });
  expect(runs.find(run)?.info().phase).toBe("ended");
});

test("invariant 10: after agentd was killed the run is ended with the reason, and what waited is not lost", async () => {
  const run = await begin("hang on");
  await phase(run, "working");
  await runs.command({ type: "run.prompt", id: "a", run, prompt: "p2", text: "waiting words" });
  await open();
  expect(runs.find(run)?.info().phase).toBe("ended");
  expect((await bodies(run)).at(-1)).toMatchObject({
    kind: "session.ended",
    error: expect.stringContaining("restarted") as string,
  });
  // What was answered before is remembered.
  expect(
    await runs.command({ type: "run.prompt", id: "a", run, prompt: "p2", text: "waiting words" }),
  ).toEqual({ ok: true });
  await begin("take up", run);
  await phase(run, "idle");
  expect((await bodies(run)).filter(({ kind }) => kind === "prompt")).toMatchObject([
    { text: "hang on" },
    { text: "take up" },
    { text: "waiting words" },
  ]);
});

test("invariant 10: an agent that lost its session starts anew with what it was asked before", async () => {
  const run = await begin("die now");
  await phase(run, "ended");
  model = { MODEL: "here", FAKE_FORGETS: "yes" };
  await begin("Go on please", run);
  await phase(run, "idle");
  const told = await bodies(run);
  expect(told.filter(({ kind }) => kind === "session.started")).toMatchObject([
    { session: "fake-session" },
    { session: "another-session", resumed: false },
  ]);
  expect(told.at(-2)).toMatchObject({
    text: expect.stringMatching(/die now.*Now:\s+Go on please/su) as string,
  });
  expect(told.at(-1)).toMatchObject({ kind: "turn.ended" });
});

test("a run that nobody started is not known, and leaves nothing behind", async () => {
  const run = newId("run");
  expect(await runs.command({ type: "run.prompt", id: "x", run, prompt: "p", text: "hello" })).toMatchObject({
    ok: false,
  });
  expect(existsSync(join(folder, "runs", run))).toBe(false);
});
