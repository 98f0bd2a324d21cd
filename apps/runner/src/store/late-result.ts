/** What a run brings when it is over already: a time limit, a cancel or another runner was faster. It changes nothing, and is kept to be read. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { RunEvent } from "@nightgate/shared/run-events";
import { LIMITS } from "../limits.ts";

/** Keeps the words; the last ones count. */
export async function keepLateResult(tx: JobsTransaction, run: string, words: string): Promise<void> {
  await tx.jobsRuns.update({
    where: { id: run },
    data: { lateResult: words.slice(0, LIMITS.resultCharactersMax) },
  });
}

/** Keeps the last words of a turn that ended by itself after its run had. Its events are stored. */
export async function keepLateWords(
  tx: JobsTransaction,
  run: string,
  fresh: readonly RunEvent[],
): Promise<void> {
  const ended = fresh.findLast(({ body }) => body.kind === "turn.ended" && body.stopReason === "end_turn");
  if (ended === undefined) return;
  const [last] = await tx.$queryRaw<{ text: string }[]>`
    SELECT e.body ->> 'text' AS text FROM jobs.events e WHERE e.run_id = ${run} AND e.seq < ${ended.seq}
      AND e.body ->> 'kind' = 'agent.message'
      AND e.seq > coalesce((SELECT max(p.seq) FROM jobs.events p
        WHERE p.run_id = ${run} AND p.seq < ${ended.seq} AND p.body ->> 'kind' = 'prompt'), 0)
    ORDER BY e.seq DESC LIMIT 1`;
  if (last !== undefined) await keepLateResult(tx, run, last.text);
}
