/** Commands as runs, with real programs: once, with their output, their end, and nothing left of them when they are ended. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunnerMessage } from "@nightgate/shared/agentd-protocol";
import { systemClock } from "@nightgate/shared/clock";
import { newId } from "@nightgate/shared/ids";
import type { RunEventBody } from "@nightgate/shared/run-events";
import { until } from "@nightgate/testkit/until";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claudeAdapter } from "../adapters/claude/adapter.ts";
import type { RunSurroundings } from "../runs/live-session.ts";
import { openRuns, type Runs } from "../runs/runs.ts";
import { keepEnd } from "./keep-end.ts";
import { readPromptFile } from "./prompt-file.ts";

type CommandRun = Extract<RunnerMessage, { type: "command.run" }>;
let home: string;
let runs: Runs;
const started: Runs[] = [];

const surroundings = (): RunSurroundings => ({
  user: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, home },
  clock: systemClock,
  environment: () => ({ PATH: "/usr/bin:/bin" }),
  refresh: async () => true,
  untilGateAnswers: async () => await Promise.resolve(),
  adapterOf: () => claudeAdapter,
  refusalOf: async () => await Promise.resolve(null),
});
const open = async (): Promise<void> => {
  runs = await openRuns(join(home, "runs"), surroundings());
  started.push(runs);
};
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "nightgate-commands-"));
  mkdirSync(join(home, "night/workers"), { recursive: true });
  await open();
});
afterEach(async () => {
  for (const each of started.splice(0)) for (const { run } of each.list()) await each.find(run)?.stop();
  rmSync(home, { recursive: true, force: true });
});

const script = (name: string, text: string, mode = 0o755): void => {
  writeFileSync(join(home, "night/workers", name), text);
  chmodSync(join(home, "night/workers", name), mode);
};
const command = (name: string, more: Partial<CommandRun> = {}): CommandRun => ({
  type: "command.run",
  id: newId("job"),
  run: newId("run"),
  prompt: newId("resource"),
  repository: null,
  folder: "night",
  command: `workers/${name}`,
  env: { MODE: "prune" },
  timeoutSeconds: 30,
  outputBytesMax: 10_000,
  after: 0,
  ...more,
});
const bodies = async (run: string): Promise<RunEventBody[]> => {
  const log = runs.find(run)?.log;
  await log?.flush();
  return (await log?.reader(0).next())?.map(({ body }) => body) ?? [];
};
const done = async (asked: CommandRun): Promise<RunEventBody[]> => {
  expect(await runs.command(asked)).toEqual({ ok: true });
  await until("the command to end", 20_000, () => runs.find(asked.run)?.info().phase === "ended");
  return await bodies(asked.run);
};

test("a script runs in its chain's folder, with its variables, and its output and end are written down", async () => {
  script("say.sh", 'pwd; echo "mode $MODE, run $NIGHTGATE_RUN"; echo trouble >&2\n', 0o644);
  const asked = command("say.sh");
  const told = await done(asked);
  expect(told.map(({ kind }) => kind)).toEqual(["prompt", "tool", "tool", "turn.ended"]);
  expect(told[0]).toMatchObject({ prompt: asked.prompt, text: "workers/say.sh" });
  expect(told[2]).toMatchObject({ status: "completed", tool: "execute" });
  expect(told[2]).toHaveProperty("output", expect.stringContaining(`mode prune, run ${asked.run}`));
  expect(told[2]).toHaveProperty("output", expect.stringContaining(`${home}/night`));
  expect(told[2]).toHaveProperty("output", expect.stringContaining("trouble"));
  expect(told[3]).toMatchObject({ stopReason: "end_turn" });
  // Below the home folder, whatever folder is meant otherwise.
  expect((await done(command("say.sh", { folder: "~/night" }))).at(-1)).toMatchObject({
    stopReason: "end_turn",
  });
});

test("a status is told as it is; what is not there is status 127, with the reason", async () => {
  script("red.py", "#!/bin/sh\nexit 2\n");
  expect((await done(command("red.py"))).at(-1)).toMatchObject({ stopReason: "exit-2" });
  const told = await done(command("nothing.sh"));
  expect(told.at(-1)).toMatchObject({ stopReason: "exit-127" });
  expect(told.at(-2)).toHaveProperty("output", expect.stringContaining("There is no workers/nothing.sh"));
});

test("the same command again, with the same id or a new one, does not run it twice (invariant 10)", async () => {
  script("count.sh", "echo once >> counted\n");
  const asked = command("count.sh");
  await done(asked);
  await runs.command(asked);
  await runs.command({ ...asked, id: newId("job") });
  await until("it to be at rest", 20_000, () => runs.find(asked.run)?.info().phase === "ended");
  // A new agentd over the same disk, and the runner that asks again because it does not know.
  await open();
  await runs.command({ ...asked, id: newId("job") });
  await until("it to be at rest", 20_000, () => runs.find(asked.run)?.info().phase === "ended");
  expect(readFileSync(join(home, "night/counted"), "utf8")).toBe("once\n");
});

test("when its time is over it is ended with all that it has started", async () => {
  script("slow.sh", "sh -c 'echo child $$ > child; tail -f /dev/null' & tail -f /dev/null\n");
  const told = await done(command("slow.sh", { timeoutSeconds: 1 }));
  expect(told.at(-1)).toMatchObject({
    kind: "turn.failed",
    message: "It was ended after 1 seconds, which is all that it was given.",
  });
  const [, child = ""] = readFileSync(join(home, "night/child"), "utf8").trim().split(" ");
  await until("the child to be gone", 20_000, () => !isAlive(Number(child)));
});

test("a run that is stopped ends its command; nothing says that it failed", async () => {
  script("wait.sh", "touch began; tail -f /dev/null\n");
  const asked = command("wait.sh");
  await runs.command(asked);
  await until("it to begin", 20_000, () => existsSync(join(home, "night/began")));
  await runs.command({ type: "run.stop", id: newId("job"), run: asked.run });
  expect((await bodies(asked.run)).at(-1)).toMatchObject({ kind: "session.ended", error: null });
  expect(runs.find(asked.run)?.info().phase).toBe("ended");
});

test("of a lot of output the end is kept", () => {
  const kept = keepEnd(10);
  for (let count = 0; count < 5_000; count += 1) kept.add(Buffer.from("ab€"));
  expect(kept.text()).toMatch(/^\[the first \d+ bytes are left out\]\n/);
  expect(kept.text().endsWith("ab€ab€")).toBe(true);
  expect(Buffer.byteLength(kept.text().split("\n")[1] ?? "")).toBeLessThanOrEqual(10);
});

test("a prompt file is read as it is now; one that is missing, empty or too long is refused with the reason", async () => {
  const { user } = surroundings();
  const file = join(home, "night/review.md");
  await expect(readPromptFile(home, "night/review.md", user)).rejects.toThrow(/No such file/);
  writeFileSync(file, " \n");
  await expect(readPromptFile(home, "night/review.md", user)).rejects.toThrow(/empty/);
  writeFileSync(file, "Look at what changed.\n");
  expect(await readPromptFile(home, "night/review.md", user)).toBe("Look at what changed.\n");
  expect(await readPromptFile("/nowhere", "~/night/review.md", user)).toBe("Look at what changed.\n");
  writeFileSync(file, "x".repeat(200_000));
  await expect(readPromptFile(home, "night/review.md", user)).rejects.toThrow(/more than 131072 bytes/);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}
