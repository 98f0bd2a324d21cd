/** A job that a run makes may cost at most what that run has left: an agent does not get around its own budget by asking others. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { JobPlan } from "@nightgate/shared/jobs-inbox";
import { Problem } from "@nightgate/shared/problems";
import { findRun } from "../store/run-store.ts";
import { spentByRun } from "../store/spending.ts";
import type { VerbCaller } from "./caller.ts";

/** The plan with its budget cut to that. Problem where nothing is left. */
export async function withinBudget(
  tx: JobsTransaction,
  { run }: VerbCaller,
  plan: JobPlan,
): Promise<JobPlan> {
  const maker = run === null ? null : await findRun(tx, run);
  if (maker === null || maker.budgetDollars === null) return plan;
  const left = maker.budgetDollars - (await spentByRun(tx, maker));
  if (left <= 0) throw new Problem("input.invalid", { why: "the budget of the run that asks is used up" });
  return { ...plan, budget: { ...plan.budget, dollars: Math.min(plan.budget?.dollars ?? left, left) } };
}
