/** The status with which a command ended, as agentd wrote it down. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { statusOf } from "../core/decide-command.ts";

/** Null where it did not end by itself. */
export async function exitStatusOf(tx: JobsTransaction, run: string): Promise<number | null> {
  const [row] = await tx.$queryRaw<
    { reason: string | null }[]
  >`SELECT body ->> 'stopReason' AS reason FROM jobs.events
    WHERE run_id = ${run} AND body ->> 'kind' IN ('turn.ended', 'turn.failed') ORDER BY seq DESC LIMIT 1`;
  return statusOf(row?.reason ?? null);
}

/** What a command has written, as far as it was kept. */
export async function outputOf(tx: JobsTransaction, run: string): Promise<string> {
  const [row] = await tx.$queryRaw<
    { output: string | null }[]
  >`SELECT body ->> 'output' AS output FROM jobs.events
    WHERE run_id = ${run} AND body ->> 'kind' = 'tool' ORDER BY seq DESC LIMIT 1`;
  return row?.output ?? "";
}
