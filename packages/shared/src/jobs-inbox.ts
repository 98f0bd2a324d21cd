/** What web asks of the runner, by inserting into jobs.inbox. Ids are made by the asker, so that asking twice does the work once. */
import { z } from "zod";
import { AGENTS } from "./agentd-protocol.ts";
import { humanMessageId, jobId, personId, resourceId, runId, scheduleId, workstationId } from "./ids.ts";
import { verbCallId } from "./verbs/verb.ts";

const clockTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "must be a time such as 06:30");
const prompt = z.string().trim().min(1).max(100_000);

/** A lock that a person has named, such as `gpu`: no more than `capacity` runs with it are at work, in the organization or on one workstation. */
export const namedLock = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  scope: z.enum(["organization", "workstation"]),
  capacity: z.int().min(1).max(1000),
});
export type NamedLock = z.infer<typeof namedLock>;

/** Another agent, another model, or both; the agent `none` is nobody, also where the organization has somebody. */
export const fallback = z.strictObject({
  agent: z.enum([...AGENTS, "none"]).nullable(),
  model: resourceId.nullable(),
  /** A wait that is known to be longer than this is not waited for. */
  afterMinutes: z.int().min(0).max(1440).nullable(),
});
export type Fallback = z.infer<typeof fallback>;

/** When and how a job's runs run. */
export const jobPlan = z.strictObject({
  /** Does not begin before; milliseconds since the epoch. */
  dueAt: z.int().min(0).optional(),
  /** Higher first. */
  priority: z.int().min(-100).max(100).optional(),
  /** Of work: the clock stands still while a person is awaited. */
  timeoutSeconds: z.int().min(1).max(604_800).optional(),
  retries: z
    .strictObject({ max: z.int().min(0).max(20), backoffSeconds: z.int().min(1).max(86_400) })
    .optional(),
  locks: z.array(namedLock).max(16).optional(),
  /** Has them, and its slots, from when it begins until it ends, also while it waits. */
  keepsLocks: z.boolean().optional(),
  /** Jobs whose latest runs must have ended well before this begins; with `needsAlways` however they end. */
  needs: z.array(jobId).max(100).optional(),
  needsAlways: z.boolean().optional(),
  /** What there must be when it ends well: a branch or a pull request that the gate has delivered, or the agent's own word (job_result). */
  expects: z.enum(["branch", "pull_request", "result"]).optional(),
  /** At the limit the run is parked and its person asked; an answer extends it. */
  budget: z
    .strictObject({
      dollars: z.number().positive().max(100_000).optional(),
      workSeconds: z.int().min(60).max(604_800).optional(),
    })
    .optional(),
  /** Begins also outside of the night's window. */
  anyTime: z.boolean().optional(),
  /** With whom it goes on when its model's provider is at its limit for longer, or does not accept its credential. */
  fallback: fallback.optional(),
});
export type JobPlan = z.infer<typeof jobPlan>;

/** What a job is. */
const jobShape = {
  job: jobId,
  person: personId,
  workstation: workstationId,
  agent: z.enum(AGENTS),
  /** Null works in the home folder. */
  repository: resourceId.nullable(),
  /** The repository's URL and folder name, as the gate's view has them. */
  repositoryUrl: z.string().max(2000).nullable(),
  prompt,
  /** What is left out is as jobs.jobs has it by default. */
  plan: jobPlan.optional(),
};

/** When a schedule fires: an expression in a time zone, or one instant (milliseconds since the epoch). */
export const scheduleWhen = z.union([
  z.strictObject({ cron: z.string().trim().min(1).max(200), timeZone: z.string().min(1).max(64) }),
  z.strictObject({ at: z.int().min(0), timeZone: z.string().min(1).max(64) }),
]);
export type ScheduleWhen = z.infer<typeof scheduleWhen>;

/** When an organization's runs may begin and resume, and what a night may cost. */
export const nightSettings = z.strictObject({
  timeZone: z.string().min(1).max(64),
  /** `HH:MM` in the zone; null: at any time. */
  window: z.strictObject({ starts: clockTime, ends: clockTime }).nullable(),
  /** So long before the end, those at work are asked to wrap up, and nothing begins any more. */
  wrapUpMinutes: z.int().min(0).max(240).default(15),
  budgetDollars: z.number().positive().max(1_000_000).nullable().default(null),
  /** For runs whose job says nothing of it. Left out, it stays as it is. */
  fallback: fallback.nullable().optional(),
});
export type NightSettings = z.infer<typeof nightSettings>;

export const jobsInboxMessage = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("job.create"), ...jobShape, run: runId }),
  /** A job that its schedule alone runs. */
  z.strictObject({
    kind: z.literal("schedule.create"),
    schedule: scheduleId,
    name: z.string().trim().min(1).max(100),
    when: scheduleWhen,
    missed: z.enum(["coalesce", "all", "none"]).default("coalesce"),
    overlap: z.enum(["skip", "queue", "cancel-running"]).default("skip"),
    continuity: z.enum(["fresh", "resume"]).default("fresh"),
    successesMax: z.int().min(1).max(100_000).nullable().default(null),
    ...jobShape,
  }),
  z.strictObject({
    kind: z.literal("schedule.pause"),
    schedule: scheduleId,
    person: personId,
    paused: z.boolean(),
  }),
  z.strictObject({ kind: z.literal("schedule.delete"), schedule: scheduleId, person: personId }),
  /** Now, whatever its times are; they stay as they are. */
  z.strictObject({ kind: z.literal("schedule.fire"), schedule: scheduleId, run: runId, person: personId }),
  /** More words for a job: steers its live run, or starts a new run that resumes the session. */
  z.strictObject({ kind: z.literal("job.prompt"), job: jobId, run: runId, person: personId, prompt }),
  z.strictObject({ kind: z.literal("run.interrupt"), run: runId, person: personId }),
  z.strictObject({ kind: z.literal("run.cancel"), run: runId, person: personId }),
  z.strictObject({ kind: z.literal("job.retry"), job: jobId, run: runId, person: personId }),
  /** A person asks for a verb (shared/verbs). The outcome is in jobs.verb_calls, under the person and this id. */
  z.strictObject({
    kind: z.literal("verb.call"),
    id: verbCallId,
    person: personId,
    role: z.enum(["owner", "admin", "member", "viewer"]),
    verb: z.string().min(1).max(64),
    args: z.record(z.string(), z.json()),
  }),
  z.strictObject({
    kind: z.literal("question.answer"),
    question: humanMessageId,
    person: personId,
    answer: z.string().trim().min(1).max(20_000),
  }),
  z.strictObject({ kind: z.literal("night.set"), person: personId, night: nightSettings }),
]);
export type JobsInboxMessage = z.infer<typeof jobsInboxMessage>;
