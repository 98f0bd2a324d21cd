/** Verbs of jobs. */
import { z } from "zod";
import { AGENTS } from "../agentd-protocol.ts";
import { runEventBody } from "../run-events.ts";
import { RUN_STATES, type RunState, STATE_ALIASES, stateMeant, type StateWord } from "../run-states.ts";
import { fallbackShape } from "./fallback-shape.ts";
import { testCounts } from "./human-verbs.ts";
import { verb, waitSeconds } from "./verb.ts";
import { whenShape } from "./when-shape.ts";

const state = z.enum(RUN_STATES as [RunState, ...RunState[]]);
const stateWord = z
  .enum([...RUN_STATES, ...Object.keys(STATE_ALIASES)] as [StateWord, ...StateWord[]])
  .transform(stateMeant);
const job = z.string().min(1).max(64).describe("The job's id, `job_...`");
const instant = z.iso.datetime().nullable();

/** A job in a list. */
const jobLine = z.object({
  job: z.string(),
  title: z.string(),
  state: state.nullable().describe("Of its latest run; null before its first"),
  run: z.string().nullable().describe("Its latest run"),
  agent: z.string(),
  workstation: z.string().describe("Its name"),
  created_at: z.iso.datetime(),
  ended_at: instant,
});

/** How a job stands. */
const jobStanding = jobLine.extend({
  attempt: z.int().nullable().describe("Which try of its run this is"),
  started_at: instant,
  due_at: instant.describe("Does not begin before this"),
  resume_at: instant.describe("When a run that waits for its provider goes on"),
  result: z.string().describe("What it says it has done; cut where it is long"),
  error: z.string().describe("What went wrong"),
  waits: z.string().nullable().describe("Why a queued run has not begun"),
  progress: z.string().describe("How far its agent says it is"),
  percent: z.int().nullable(),
  tests: testCounts.nullable().describe("How its tests went, if its agent has said so"),
  needs: z.array(z.string()).describe("Jobs that it waits for"),
  holds: z.array(z.string()).describe("Holds of its run that wait for a person"),
});

/** A lock as it is asked for. */
const lock = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/)
    .describe("Such as gpu"),
  scope: z.enum(["workstation", "organization"]).default("workstation"),
  capacity: z.int().min(1).max(1000).default(1).describe("How many runs may have it at once"),
});

/** What a new job is, apart from when it runs. */
export const newJobShape = {
  prompt: z
    .string()
    .trim()
    .min(1)
    .max(100_000)
    .describe("What is to be done, with all that the agent needs to know"),
  title: z.string().trim().min(1).max(100).optional().describe("Left out, the prompt's first line"),
  workstation: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("Where: a workstation's name or id; left out, your own"),
  agent: z.enum(AGENTS).optional().describe("Left out, the agent that asks; otherwise claude"),
  repository: z
    .string()
    .min(1)
    .max(2000)
    .optional()
    .describe(
      "Its name, URL or folder (~/work/shop), `none` for the home folder; left out, that of the run that asks",
    ),
  ...fallbackShape,
  deliver: z
    .array(z.string().trim().min(1).max(64))
    .max(10)
    .optional()
    .describe("Channels that its people are given its result on when it ends: push, slack, telegram, ..."),
};

const jobRun = z.object({ job: z.string(), run: z.string() });

export const jobVerbs = {
  job_create: verb({
    summary:
      "Creates a job for an agent, on this workstation or another one of the organization: at once, at a time (due_at), or again and again (cron).",
    args: z.strictObject({
      ...newJobShape,
      needs: z.array(job).max(100).optional().describe("Begins when these jobs have ended well"),
      needs_always: z.boolean().default(false).describe("Begins however they have ended"),
      locks: z.array(lock).max(16).optional().describe("Has these while it is at work"),
      keep_locks: z
        .boolean()
        .default(false)
        .describe("Has them, and its slots, until it ends, also while it waits for somebody"),
      ...whenShape,
      priority: z.int().min(-100).max(100).optional().describe("Higher first"),
      timeout_seconds: z
        .int()
        .min(1)
        .max(604_800)
        .optional()
        .describe("Of work; waiting for people does not count"),
      retries: z.int().min(0).max(20).optional().describe("How often it is tried again when it fails"),
      backoff_seconds: z
        .int()
        .min(1)
        .max(86_400)
        .default(60)
        .describe("Before the first retry; doubles each time"),
      budget_dollars: z
        .number()
        .positive()
        .max(100_000)
        .optional()
        .describe("At this it parks and asks a person"),
      budget_work_seconds: z
        .int()
        .min(60)
        .max(604_800)
        .optional()
        .describe("At this it parks and asks a person"),
      expects: z
        .enum(["branch", "pull_request", "result"])
        .optional()
        .describe("What there must be for it to have succeeded"),
      any_time: z.boolean().default(false).describe("Begins also outside of the night's hours"),
      notify: z.boolean().default(false).describe("You are told of its end, as your next prompt"),
    }),
    result: z.object({
      job: z.string(),
      run: z.string().nullable().describe("Null where its schedule begins it"),
      schedule: z.string().nullable(),
      next: z.array(z.iso.datetime()).describe("When cron begins it next"),
    }),
    who: "both",
    effect: "write",
    command: "jobs create",
    positional: ["prompt"],
  }),
  job_list: verb({
    summary:
      "Lists jobs, newest first. An agent sees those of its own workstation and those that it has made on others; a person sees all.",
    args: z.strictObject({
      state: z
        .array(stateWord)
        .max(20)
        .optional()
        .describe("Only those whose latest run is in one of these states"),
      workstation: z.string().max(64).optional().describe("Only those on this workstation (name or id)"),
      limit: z.int().min(1).max(200).default(50).describe("At most so many"),
    }),
    result: z.object({ jobs: z.array(jobLine) }),
    who: "both",
    effect: "read",
    command: "jobs list",
  }),
  job_status: verb({
    summary: "Says how a job stands: the state of its latest run, what it waits for, how it ended.",
    args: z.strictObject({ job }),
    result: jobStanding,
    who: "both",
    effect: "read",
    command: "jobs status",
    positional: ["job"],
  }),
  job_show: verb({
    summary: "Shows a job whole: its prompt, its plan, its whole result, and all of its runs.",
    args: z.strictObject({ job }),
    result: jobStanding.extend({
      prompt: z.string(),
      repository: z.string().nullable(),
      priority: z.int(),
      timeout_seconds: z.int(),
      retries: z.int(),
      locks: z.array(z.string()),
      parent_run: z.string().nullable().describe("The run that has made it"),
      schedule: z.string().nullable(),
      deliver: z.array(z.string()).describe("Channels that are given its result"),
      fallback: z
        .object({
          agent: z.string().nullable(),
          model: z.string().nullable().describe("Its id"),
          after_minutes: z.int().nullable(),
        })
        .nullable()
        .describe("With whom it goes on when its model's provider cannot; null: what its organization says"),
      fell_back_at: instant.describe("Since when its latest run goes on with them"),
      late_result: z
        .string()
        .describe("What its latest run still brought when it was over already; it changes nothing"),
      runs: z.array(
        z.object({
          run: z.string(),
          state,
          attempt: z.int(),
          created_at: z.iso.datetime(),
          ended_at: instant,
        }),
      ),
    }),
    who: "both",
    effect: "read",
    command: "jobs show",
    positional: ["job"],
  }),
  job_cancel: verb({
    summary: "Cancels what is going on of a job: its processes are ended. What is held stays held.",
    args: z.strictObject({ job }),
    result: z.object({ job: z.string(), cancelled: z.array(z.string()).describe("Its runs") }),
    who: "both",
    effect: "write",
    command: "jobs cancel",
    positional: ["job"],
  }),
  job_interrupt: verb({
    summary:
      "Ends the turn that a job is in, and leaves it waiting for words: send some with job_run. Its session and its files stay.",
    args: z.strictObject({ job }),
    result: jobRun,
    who: "both",
    effect: "write",
    command: "jobs interrupt",
    positional: ["job"],
  }),
  job_run: verb({
    summary:
      "Runs a job once more, now. With a prompt it goes on in its session with these words, also while it is at work; without one it begins from the start.",
    args: z.strictObject({
      job,
      prompt: z.string().trim().min(1).max(100_000).optional().describe("More words for it"),
    }),
    result: jobRun,
    who: "both",
    effect: "write",
    command: "jobs run",
    positional: ["job", "prompt"],
  }),
  job_retry: verb({
    summary: "Tries a job again from the start, after it has ended.",
    args: z.strictObject({ job }),
    result: jobRun,
    who: "both",
    effect: "write",
    command: "jobs retry",
    positional: ["job"],
  }),
  job_wait: verb({
    summary:
      "Waits until jobs have ended, or wait for a person. Call it again while `done` is false, or end your turn if you asked for `notify`.",
    args: z.strictObject({
      jobs: z.array(job).min(1).max(50).describe("All of them are waited for"),
      wait_seconds: waitSeconds.default(30),
    }),
    result: z.object({
      done: z.boolean(),
      failed: z.boolean().describe("One of them has ended otherwise than well"),
      jobs: z.array(jobStanding),
    }),
    who: "both",
    effect: "read",
    command: "jobs wait",
    positional: ["jobs"],
  }),
  job_logs: verb({
    summary: "What happened in a job's latest run (or the one named), event by event.",
    args: z.strictObject({
      job,
      run: z.string().min(1).max(64).optional().describe("Another run of it"),
      after: z.int().min(0).optional().describe("Only events after this number; left out, the newest"),
      limit: z.int().min(1).max(200).default(50).describe("At most so many"),
    }),
    result: z.object({
      run: z.string(),
      state: state.describe("Of the run"),
      events: z.array(
        z.object({
          seq: z.int(),
          at: z.iso.datetime(),
          kind: z
            .string()
            .describe(`One of ${runEventBody.options.map(({ shape }) => shape.kind.value).join(", ")}`),
          text: z.string(),
        }),
      ),
      last: z.int().describe("The number of the last event that there is"),
    }),
    who: "both",
    effect: "read",
    command: "jobs logs",
    positional: ["job"],
  }),
} as const;
