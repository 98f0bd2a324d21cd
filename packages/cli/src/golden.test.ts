/** What the commands print, letter by letter: help and answers that scripts and agents read. `vitest -u` writes them anew. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Problem } from "@nightgate/shared/problems";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { waitForHoldOutside } from "./commands/holds-outside.ts";
import type { CliConfig } from "./env.ts";
import { createProgram } from "./program.ts";
import { followLogs } from "./verbs/follow-logs.ts";

const config: CliConfig = {
  gateSocket: "/nowhere/gate.sock",
  agentdSocket: "/nowhere/agentd.sock",
  run: "run_000000000000",
  url: null,
  loginFile: "/nowhere/login.json",
  inside: true,
};

let asked: { verb: string; args: Record<string, unknown> }[];
let answers: Record<string, unknown>[];
beforeEach(() => {
  asked = [];
  answers = [];
});

/** Types a command. Answers what it printed and exits with. */
async function nightgate(...typed: string[]): Promise<{ text: string; exit: number }> {
  let text = "";
  let exit = 0;
  const program = createProgram({
    config,
    transport: {
      call: async (verb, args) => {
        asked.push({ verb, args });
        return await Promise.resolve(answers.shift() ?? {});
      },
    },
    write: (piece) => (text += piece),
    exitWith: (code) => (exit = code),
    serveMcp: async () => await Promise.resolve(),
  });
  await program.parseAsync(["node", "nightgate", ...typed]);
  return { text, exit };
}

const line = {
  job: "job_0a1b2c3d4e5f",
  title: "Migrate v1 to v2",
  state: "running",
  run: "run_0a1b2c3d4e5f",
  agent: "claude",
  workstation: "ws_0a1b2c3d4e5f",
  created_at: "2026-11-21T22:00:00.000Z",
  ended_at: null,
};
const standing = {
  ...line,
  attempt: 1,
  started_at: "2026-11-21T22:00:01.000Z",
  due_at: null,
  resume_at: null,
  result: "",
  error: "",
  needs: [],
  holds: ["H-7K2M9QXD"],
};

describe("help", () => {
  test.each([
    ["jobs", "create"],
    ["jobs", "wait"],
    ["jobs", "logs"],
    ["schedule", "self"],
    ["schedule", "cron"],
    ["holds"],
    ["locks"],
  ])("%s %s", async (...topic) => {
    const words = topic.filter((word) => word !== undefined);
    const { text } = await nightgate("help", ...words);
    await expect(text).toMatchFileSnapshot(`golden/help-${words.join("-")}.txt`);
  });

  test("the exit codes stand at its end", async () => {
    expect((await nightgate("help")).text.split("\nExit codes")[1]).toContain("75 still pending");
  });
});

describe("answers", () => {
  test.each<[string, string[], Record<string, unknown>]>([
    [
      "jobs-list",
      ["jobs", "list"],
      { jobs: [line, { ...line, state: "succeeded", ended_at: line.created_at }] },
    ],
    ["jobs-list-none", ["jobs", "list"], { jobs: [] }],
    ["jobs-list-json", ["jobs", "list", "--json"], { jobs: [line] }],
    ["jobs-status", ["jobs", "status", line.job], standing],
    [
      "jobs-logs",
      ["jobs", "logs", line.job],
      {
        run: line.run,
        state: "running",
        events: [
          { seq: 1, at: line.created_at, kind: "prompt", text: "Migrate v1 to v2" },
          { seq: 2, at: line.created_at, kind: "agent.message", text: "Two lines\nand \u001B[31mred" },
        ],
        last: 2,
      },
    ],
    [
      "schedule-cron",
      ["schedule", "cron", "0 2 * * *", "Tidy up"],
      { schedule: "sch_0a1b2c3d4e5f", job: line.job, next: ["2026-11-22T02:00:00.000Z"] },
    ],
  ])("%s", async (name, typed, answer) => {
    answers = [answer];
    const { text, exit } = await nightgate(...typed);
    expect(exit).toBe(0);
    await expect(text).toMatchFileSnapshot(`golden/${name}.txt`);
  });
});

describe("arguments", () => {
  test("are the verb's own, whatever they are called here", async () => {
    const typed =
      "--backend codex --lock gpu --lock disk,organization,2 --notify --needs job_a --needs job_b --timeout 60 --due-at 2026-11-22T06:00:00+01:00 --path ~/work/shop --deliver slack --deliver push --continuity resume --process-scope persistent";
    await nightgate("jobs", "create", "Do it", ...typed.split(" "));
    expect(asked).toEqual([
      {
        verb: "job_create",
        args: {
          prompt: "Do it",
          agent: "codex",
          repository: "~/work/shop",
          deliver: ["slack", "push"],
          continuity: "resume",
          process_scope: "persistent",
          locks: [{ name: "gpu" }, { name: "disk", scope: "organization", capacity: 2 }],
          notify: true,
          needs: ["job_a", "job_b"],
          timeout_seconds: 60,
          due_at: "2026-11-22T06:00:00+01:00",
        },
      },
    ]);
  });

  test("an object is typed by its parts, or as JSON", async () => {
    for (const typed of ["passed=12,failed=1", "12,1", '{"passed":12,"failed":1}'])
      await nightgate("jobs", "result", "succeeded", "Done", "--tests", typed);
    expect(asked.map(({ args }) => args["tests"])).toEqual(Array(3).fill({ passed: 12, failed: 1 }));
    await expect(nightgate("jobs", "update", "x", "--tests", "all of them")).rejects.toThrow(/tests/);
  });

  test("what cannot be is said before anybody is asked", async () => {
    await expect(nightgate("jobs", "list", "--limit", "many")).rejects.toThrow(/jobs list .*limit: /);
    await expect(nightgate("jobs", "create")).rejects.toThrow(Problem);
    await expect(nightgate("jobs", "create", "--prompt-file", "/nowhere/prompt.md")).rejects.toThrow(
      /cannot be read/,
    );
    expect(asked).toEqual([]);
  });
});

test("outside, holds are asked of web, and wait looks until it is decided", async () => {
  const held = {
    hold: "H-7K2M9QXD",
    kind: "git.push",
    title: "Push 1 commit to main",
    words: "Please add a test.",
  };
  answers = [
    { ...held, state: "pending" },
    { ...held, state: "rejected" },
  ];
  const looked = await waitForHoldOutside(
    { call: async () => await Promise.resolve(answers.shift() ?? {}) },
    held.hold,
    { json: false },
    { now: () => 0, wait: async () => await Promise.resolve() },
  );
  expect(looked).toMatchObject({ exit: 3, text: expect.stringContaining("Please add a test.") as string });
});

test("logs --follow prints what comes, each event once, until the run has ended", async () => {
  const event = (seq: number): object => ({
    seq,
    at: line.created_at,
    kind: "agent.message",
    text: `Step ${seq}`,
  });
  const first = { run: line.run, state: "running", events: [event(1), event(2)], last: 2 };
  answers = [
    { ...first, events: [] },
    { ...first, events: [event(3)] },
    { ...first, state: "succeeded", events: [event(4)] },
  ];
  const printed: string[] = [];
  const asked: unknown[] = [];
  await followLogs(
    {
      transport: {
        call: async (_, args) => {
          asked.push(args["after"]);
          return await Promise.resolve(answers.shift() ?? {});
        },
      },
      job: line.job,
      json: false,
      print: (text) => void printed.push(text),
      clock: { now: () => 0, wait: async () => await Promise.resolve() },
    },
    first,
  );
  expect(asked).toEqual([2, 2, 3]);
  expect(printed.map((text) => text.split("agent.message")[1]?.trim() ?? text)).toEqual([
    "Step 1",
    "Step 2",
    "Step 3",
    "Step 4",
    "The run is succeeded.",
  ]);
});

test("--wait goes on asking until it has ended, and exits as it ended", async () => {
  const ended = { done: true, failed: true, jobs: [{ ...standing, state: "failed" }] };
  answers = [{ job: line.job, run: line.run, schedule: null, next: [] }, { ...ended, done: false }, ended];
  expect((await nightgate("jobs", "create", "Do it", "--wait")).exit).toBe(1);
  expect(asked.map(({ verb }) => verb)).toEqual(["job_create", "job_wait", "job_wait"]);
  answers = [{ done: false, failed: false, jobs: [standing] }];
  expect((await nightgate("jobs", "wait", line.job)).exit).toBe(75);
});

test.each(["bash", "zsh", "fish"])("completion for %s offers every group and its commands", async (shell) => {
  const { text } = await nightgate("completion", shell);
  for (const word of ["jobs", "create", "schedule", "--prompt-file", "completion"])
    expect(text).toContain(shell === "fish" ? word.replace(/^--/, "") : word);
  await expect(nightgate("completion", "tcsh")).rejects.toThrow(/bash, zsh, fish/);
});

describe("chains", () => {
  test("are read from the file that is named; one with faults is told with line and column, and ends with 1", async () => {
    const file = fileURLToPath(new URL("../../../examples/overnight-chain/chain.yaml", import.meta.url));
    answers = [
      { ok: false, name: null, jobs: 0, faults: [{ line: 3, column: 19, message: "It is wrong." }] },
    ];
    const { text, exit } = await nightgate("chains", "validate", file);
    expect(exit).toBe(1);
    await expect(text).toMatchFileSnapshot("golden/chains-validate.txt");
    answers = [{ chain_run: "chr_0a1b2c3d4e5f" }];
    await nightgate("chains", "apply", file, "--folder", "night");
    expect(
      asked.map(({ verb, args }) => [verb, String(args["document"]).slice(0, 9), args["folder"]]),
    ).toEqual([
      ["chain_validate", "# A night", undefined],
      ["chain_apply", "# A night", "night"],
    ]);
  });

  test("applied inside find their prompts beside the file", async () => {
    const home = mkdtempSync(join(tmpdir(), "nightgate-home-"));
    vi.stubEnv("HOME", home);
    mkdirSync(join(home, "work/app/night"), { recursive: true });
    writeFileSync(join(home, "work/app/night/chain.yaml"), "name: night\n");
    answers = [{ chain: "chn_0a1b2c3d4e5f" }];
    await nightgate("chains", "apply", join(home, "work/app/night/chain.yaml"));
    expect(asked[0]?.args).toEqual({ document: "name: night\n", folder: "~/work/app/night" });
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true });
  });
});
