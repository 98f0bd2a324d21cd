/** Carries out job_create: at once, at a time, or again and again. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import type { JobPlan } from "@nightgate/shared/jobs-inbox";
import { Problem } from "@nightgate/shared/problems";
import { instantOf } from "@nightgate/shared/schedule-times";
import type { jobVerbs } from "@nightgate/shared/verbs/job-verbs";
import type { z } from "zod";
import { createJob } from "../runs/requests.ts";
import { namedFallback } from "../store/fallbacks.ts";
import type { Answered, VerbCaller } from "./caller.ts";
import { checkBudgetLeft } from "./child-budget.ts";
import { adopt, newJob } from "./new-jobs.ts";
import { makeSchedule, zoneOf } from "./new-schedules.ts";
import { seenJob } from "./seen-jobs.ts";

type Args = z.output<typeof jobVerbs.job_create.args>;
type Result = z.input<typeof jobVerbs.job_create.result>;

/** Answers the new ids. */
export async function createJobVerb(
  tx: JobsTransaction,
  caller: VerbCaller,
  args: Args,
  now: Date,
): Promise<Answered<Result>> {
  for (const needed of args.needs ?? []) await seenJob(tx, caller, needed);
  if (args.cron !== undefined && args.needs !== undefined && args.needs.length > 0)
    throw new Problem("input.invalid", {
      why: "needs are those of one run; what needs something each time is a chain",
    });
  const shape = await newJob(tx, caller, args);
  // The window is the owner's: no agent lets itself out of it.
  if (args.any_time && caller.person === null)
    throw new Problem("input.invalid", { why: "any_time is a person's to give" });
  await checkBudgetLeft(tx, caller);
  const fallback = await namedFallback(tx, args, shape.workstation);
  const plan = { ...planOf(args, await dueAtOf(tx, caller, args, now)), ...(fallback && { fallback }) };
  if (args.cron !== undefined) {
    const made = await makeSchedule(tx, caller, { ...shape, plan }, { ...args, at: args.due_at }, now);
    await adopt(tx, caller, shape.job, args);
    return { result: { job: shape.job, run: null, schedule: made.schedule, next: made.next } };
  }
  const run = newId("run");
  const made = async (): Promise<void> => await adopt(tx, caller, shape.job, args);
  await createJob(tx, caller.organization, { kind: "job.create", ...shape, plan, run }, made);
  return { result: { job: shape.job, run, schedule: null, next: [] }, touched: [run] };
}

async function dueAtOf(
  tx: JobsTransaction,
  { organization }: VerbCaller,
  { due_at: due, timezone }: Args,
  now: Date,
): Promise<number | null> {
  if (due === undefined) return null;
  return instantOf(due, timezone ?? (await zoneOf(tx, organization)), now).getTime();
}

function planOf(args: Args, dueAt: number | null): JobPlan {
  const budget = {
    ...(args.budget_dollars !== undefined && { dollars: args.budget_dollars }),
    ...(args.budget_work_seconds !== undefined && { workSeconds: args.budget_work_seconds }),
  };
  return {
    ...(dueAt !== null && { dueAt }),
    ...(args.priority !== undefined && { priority: args.priority }),
    ...(args.timeout_seconds !== undefined && { timeoutSeconds: args.timeout_seconds }),
    ...(args.retries !== undefined && {
      retries: { max: args.retries, backoffSeconds: args.backoff_seconds },
    }),
    ...(args.locks !== undefined && { locks: args.locks }),
    keepsLocks: args.keep_locks,
    ...(args.needs !== undefined && { needs: args.needs, needsAlways: args.needs_always }),
    ...(args.expects !== undefined && { expects: args.expects }),
    ...(Object.keys(budget).length > 0 && { budget }),
    anyTime: args.any_time,
  };
}
