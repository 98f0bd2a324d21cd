/** A job that succeeds for ever is a runaway too: its schedule pauses after as many successes as a person has allowed, and says so. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { RunRow } from "./run-row.ts";

/** Counts a success of the schedule whose job this is, in the transaction of the success. */
export async function countSuccess(tx: JobsTransaction, run: Pick<RunRow, "job">): Promise<void> {
  await tx.$executeRaw`UPDATE jobs.schedules SET successes = successes + 1,
      paused = paused OR successes + 1 >= successes_max,
      pause_reason = CASE WHEN NOT paused AND successes + 1 >= successes_max
        THEN 'It has succeeded ' || (successes + 1) || ' times, which is what it was given. Let it go on to give it as many again.'
        ELSE pause_reason END
    WHERE job_id = ${run.job} AND deleted_at IS NULL AND successes_max IS NOT NULL`;
}
