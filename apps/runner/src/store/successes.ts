/** A job that succeeds for ever is a runaway too: its schedule pauses after as many successes as a person has allowed, and asks. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { askForRepeats } from "./questions-without-run.ts";
import type { RunRow } from "./run-row.ts";

/** Counts a success of the schedule whose job this is, in the transaction of the success. */
export async function countSuccess(
  tx: JobsTransaction,
  { organization, job }: Pick<RunRow, "organization" | "job">,
): Promise<void> {
  const counted = await tx.$queryRaw<
    { id: string; name: string; successes: number; paused: boolean; max: number }[]
  >`UPDATE jobs.schedules SET successes = successes + 1 WHERE job_id = ${job} AND deleted_at IS NULL AND successes_max IS NOT NULL
    RETURNING id, name, successes, paused, successes_max AS max`;
  for (const { id, name, successes, paused, max } of counted) {
    if (paused || successes < max) continue;
    const pauseReason = `It has succeeded ${successes} times, which is what it was given. Let it go on to give it as many again.`;
    await tx.jobsSchedules.update({ where: { id }, data: { paused: true, pauseReason } });
    await askForRepeats(tx, organization, { schedule: id, name, job, successes });
  }
}
