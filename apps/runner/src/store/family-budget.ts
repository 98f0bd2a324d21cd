/**
 * The budget of a run is one thing for it and all that it causes. A run below that has a budget of its own has that promised to it while it
 * goes on; one that has none, or more than is left, draws on what is left with the others. So all of them together never have more.
 */
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { FamilyBudget } from "@nightgate/shared/family-budget";
import { readFamilyBudget } from "./spending.ts";

/** The budget that the run draws on, locked until the transaction ends: nothing else is promised of it meanwhile. Null where there is none. */
export async function lockFamilyBudget(tx: JobsTransaction, run: string): Promise<FamilyBudget | null> {
  const family = await readFamilyBudget(tx, run);
  if (family === null) return null;
  // Not FOR UPDATE: rows that refer to it may be written beside this.
  await tx.$queryRaw`SELECT id FROM jobs.runs WHERE id = ${family.holder} FOR NO KEY UPDATE`;
  // A statement of its own: only now is everything seen that was promised before the lock was ours.
  return await readFamilyBudget(tx, family.holder);
}

/** What a new run gets: `dollars` of its own where so much is left and more, else null, which draws on the budget of whoever has made it. */
export async function promisedBudget(
  tx: JobsTransaction,
  { parentRunId, dollars }: { parentRunId: string | null; dollars: number | null },
): Promise<number | null> {
  if (parentRunId === null || dollars === null) return dollars;
  const family = await lockFamilyBudget(tx, parentRunId);
  if (family === null) return dollars;
  return dollars < family.limit - family.used ? dollars : null;
}

/** New money for the run whose budget it is, and so for those above it, of whose budgets it is a part. */
export async function extendBudget(tx: JobsTransaction, holder: string, dollars: number): Promise<void> {
  await tx.$executeRaw`
    WITH RECURSIVE up AS (
      SELECT r.id, r.job_id FROM jobs.runs r WHERE r.id = ${holder}
      UNION
      SELECT p.id, p.job_id FROM up JOIN jobs.jobs j ON j.id = up.job_id JOIN jobs.runs p ON p.id = j.parent_run_id
    )
    UPDATE jobs.runs SET budget_dollars = coalesce(budget_dollars, 0) + ${dollars}
    WHERE id = ${holder} OR (id IN (SELECT id FROM up) AND budget_dollars IS NOT NULL)`;
}
