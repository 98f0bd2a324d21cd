/** A retry is a new run of the same job: it begins after a pause that doubles, and whoever needed the old run needs the new one. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { LIMITS } from "../limits.ts";
import { promisedBudget } from "./family-budget.ts";
import type { RunRow } from "./run-row.ts";

/** Makes the next attempt of a run that has just failed, in the transaction of its failure, if its job has attempts left. */
export async function scheduleRetry(tx: JobsTransaction, failed: RunRow, now: Date): Promise<void> {
  const job = await tx.jobsJobs.findUnique({ where: { id: failed.job } });
  if (job === null || failed.attempt > job.retriesMax) return;
  const pauseMs = Math.min(job.backoffSeconds * 1000 * 2 ** (failed.attempt - 1), LIMITS.backoffMsMax);
  const run = newId("run");
  const dollars = await promisedBudget(tx, { parentRunId: job.parentRunId, dollars: failed.budgetDollars });
  await tx.$executeRaw`
    INSERT INTO jobs.runs (organization_id, id, job_id, workstation_id, agent, state, attempt, priority, timeout_seconds, locks, keeps_locks, any_time, expects,
      budget_dollars, budget_work_seconds, due_at)
    SELECT organization_id, ${run}, job_id, workstation_id, ${job.agent}, 'scheduled', attempt + 1, priority, timeout_seconds, locks, keeps_locks, any_time, expects,
      ${dollars}::double precision, budget_work_seconds, ${new Date(now.getTime() + pauseMs)} FROM jobs.runs WHERE id = ${failed.id}`;
  await tx.$executeRaw`
    INSERT INTO jobs.prompts (organization_id, id, run_id, number, text, source)
    VALUES (${failed.organization}, ${`retry-${run}`}, ${run}, 1, ${job.prompt}, 'platform')`;
  await tx.$executeRaw`
    UPDATE jobs.needs SET needed_run_id = ${run} WHERE needed_run_id = ${failed.id}
      AND (SELECT state FROM jobs.runs r WHERE r.id = needs.run_id) IN ('scheduled', 'blocked')`;
  // A night of a chain waits for the last attempt.
  await tx.$executeRaw`UPDATE jobs.chain_jobs SET run_id = ${run} WHERE run_id = ${failed.id} AND ended_at IS NULL`;
}
