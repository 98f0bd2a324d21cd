/** Verbs between agents and people: questions and their answers, notes, and what an agent says of its own work and its end. */
import { z } from "zod";
import { nightSettings } from "../jobs-inbox.ts";
import { fallbackShape } from "./fallback-shape.ts";
import { verb, waitSeconds } from "./verb.ts";

const question = z.object({
  question: z.string().describe("Its id"),
  state: z.enum(["open", "answered", "closed"]),
  text: z.string(),
  choices: z.array(z.string()),
  asked_at: z.iso.datetime(),
  deadline: z.iso.datetime().nullable(),
  run: z.string().nullable(),
  job: z.string().nullable(),
  answer: z.string().nullable(),
  answered_by: z.string().nullable().describe("Who answered, by name"),
});

/** Something that a run brought forth. What was pushed or opened is known from the gate; this says what to look at. */
export const artifact = z.strictObject({
  kind: z
    .string()
    .regex(/^[a-z][a-z_-]{0,30}$/)
    .describe("For example branch, pull_request, file, url"),
  value: z.string().min(1).max(2_000).describe("Its name, path or address"),
});

const testsMax = 10_000_000;
/** How the tests went that an agent has run, by its own words. */
export const testCounts = z.strictObject({
  passed: z.int().min(0).max(testsMax),
  failed: z.int().min(0).max(testsMax),
  skipped: z.int().min(0).max(testsMax).default(0),
});
export type TestCounts = z.infer<typeof testCounts>;
const tests = testCounts
  .optional()
  .describe(
    "How many tests passed, failed and were skipped when you last ran them, for the people who look at the job. Only what you have seen; leave it out if you ran none",
  );

export const claimStatus = z.enum(["succeeded", "failed", "partial"]);
/** What an agent says of its own end. */
export const claim = z.object({
  status: claimStatus,
  summary: z.string().trim().min(1).max(20_000),
  artifacts: z.array(artifact).max(50).default([]),
  tests,
});
export type Claim = z.infer<typeof claim>;

export const humanVerbs = {
  ask_human: verb({
    summary:
      "Asks the people of this organization a question. End your turn then: the answer is your next prompt. With wait_seconds a short wait may bring it at once.",
    args: z.strictObject({
      text: z
        .string()
        .trim()
        .min(1)
        .max(10_000)
        .describe("The question, with all that is needed to answer it"),
      choices: z
        .array(z.string().trim().min(1).max(200))
        .max(10)
        .default([])
        .describe("Answers to offer; others stay possible"),
      deadline_minutes: z
        .int()
        .min(1)
        .max(10_080)
        .default(720)
        .describe("After so many minutes without an answer the answer is no"),
      urgent: z
        .boolean()
        .default(false)
        .describe("Wakes people up. Only where waiting until the morning does harm"),
      wait_seconds: waitSeconds,
    }),
    result: question.extend({ say: z.string().describe("What to do now") }),
    who: "agent",
    effect: "write",
    command: "ask",
    positional: ["text"],
  }),
  notify_human: verb({
    summary:
      "Tells the people of this organization something that needs no answer, such as a major step that is done.",
    args: z.strictObject({
      text: z.string().trim().min(1).max(10_000).describe("What to tell them"),
      urgent: z.boolean().default(false).describe("Wakes people up. Rarely right"),
    }),
    result: z.object({ message: z.string().describe("Its id") }),
    who: "agent",
    effect: "write",
    command: "notify",
    positional: ["text"],
  }),
  job_update: verb({
    summary:
      "Says how far you are, for the people who look at the job, and how your tests go. It counts as progress.",
    args: z.strictObject({
      text: z.string().trim().min(1).max(2_000).describe("What is done and what comes next"),
      percent: z.int().min(0).max(100).optional().describe("How much of the whole is done"),
      tests,
    }),
    result: z.object({ run: z.string() }),
    who: "agent",
    effect: "write",
    command: "jobs update",
    positional: ["text"],
  }),
  job_result: verb({
    summary:
      "Says how the job ended, with a short account, and how many tests passed and failed if you ran any. Say it as the last thing, then end your turn.",
    args: z.strictObject({
      status: z
        .enum([...claimStatus.options, "completed"])
        .transform((word) => (word === "completed" ? "succeeded" : word))
        .describe("partial: some of it is left"),
      summary: claim.shape.summary.describe("What was done, what is held, what is left"),
      artifacts: claim.shape.artifacts.describe("What to look at"),
      tests,
    }),
    result: z.object({ run: z.string(), say: z.string() }),
    who: "agent",
    effect: "write",
    command: "jobs result",
    positional: ["status", "summary"],
  }),
  question_list: verb({
    summary: "Lists questions that agents have asked people, open ones first.",
    args: z.strictObject({
      open: z.boolean().default(true).describe("Only those that wait for an answer"),
      limit: z.int().min(1).max(200).default(50).describe("At most so many"),
    }),
    result: z.object({ questions: z.array(question) }),
    who: "both",
    effect: "read",
    command: "jobs questions",
  }),
  question_answer: verb({
    summary: "Answers a question of an agent or of the run engine. The first answer counts.",
    args: z.strictObject({
      question: z.string().max(64).describe("Its id"),
      answer: z.string().trim().min(1).max(20_000).describe("One of its choices, or any words"),
    }),
    result: question,
    who: "person",
    effect: "write",
    command: "jobs answer",
    positional: ["question", "answer"],
  }),
  night_show: verb({
    summary:
      "Shows when this organization's runs may begin and resume, and what the night may cost and has cost.",
    args: z.strictObject({}),
    result: z.object({
      night: nightSettings.nullable(),
      state: z.enum(["open", "closing", "closed"]),
      opens_at: z.iso.datetime().nullable(),
      closes_at: z.iso.datetime().nullable(),
      spent_dollars: z.number().describe("In this night, where the model's price is known"),
      limit_dollars: z.number().nullable(),
    }),
    who: "both",
    effect: "read",
    command: "night show",
  }),
  night_set: verb({
    summary:
      "Sets the night: the hours in which runs begin and resume, what a night may cost, and with whom runs go on when their model's provider cannot (left out, that stays as it is). Owners and admins.",
    args: z.strictObject({
      timezone: z.string().min(1).max(64).describe("An IANA time zone, such as Europe/Berlin"),
      starts: z.string().max(5).optional().describe("HH:MM; with ends. Without both: at any time"),
      ends: z.string().max(5).optional().describe("HH:MM: nothing begins or resumes from then on"),
      wrap_up_minutes: z
        .int()
        .min(0)
        .max(240)
        .default(15)
        .describe("So long before the end, those at work are asked to wrap up"),
      budget_dollars: z
        .number()
        .positive()
        .optional()
        .describe("What all runs of one night may cost together"),
      ...fallbackShape,
    }),
    result: z.object({ night: nightSettings }),
    who: "person",
    effect: "write",
    command: "night set",
  }),
  job_doctor: verb({
    summary:
      "Looks for runs and schedules that are in a state that cannot be: says what it is, why, and what would repair it. With repair it does that.",
    args: z.strictObject({
      repair: z
        .string()
        .max(200)
        .optional()
        .describe("The id of a finding: do its repair. Without it nothing is changed"),
    }),
    result: z.object({
      findings: z.array(
        z.object({
          id: z.string(),
          kind: z.enum(["ghost", "stuck", "contradiction"]),
          what: z.string(),
          why: z.string(),
          repair: z.string().nullable().describe("What the repair will do; null where only a person can"),
          run: z.string().nullable(),
        }),
      ),
      repaired: z.string().nullable().describe("What was done"),
    }),
    who: "both",
    effect: "write",
    command: "jobs doctor",
  }),
} as const;
