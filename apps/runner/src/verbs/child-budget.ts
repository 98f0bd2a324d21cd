/** Where the budget of a run is used up, it makes no more jobs: an agent does not get around its own budget by asking others. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { sayDollars } from "@nightgate/shared/model-prices";
import { Problem } from "@nightgate/shared/problems";
import { lockFamilyBudget } from "../store/family-budget.ts";
import type { VerbCaller } from "./caller.ts";

/** Problem where nothing is left. What a job that is made may use of the rest is decided when its run is made, under the same lock. */
export async function checkBudgetLeft(tx: JobsTransaction, { run }: VerbCaller): Promise<void> {
  const family = run === null ? null : await lockFamilyBudget(tx, run);
  if (family === null || family.used < family.limit) return;
  const promised =
    family.promised > 0 ? `, ${sayDollars(family.promised)} of it promised to jobs that have not ended` : "";
  throw new Problem("input.invalid", {
    why: `the budget of the run that asks is used up (${sayDollars(family.used)} of ${sayDollars(family.limit)}${promised})`,
  });
}
