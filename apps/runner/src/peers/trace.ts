/** Each stage of a message, as it was written down, and when the agent heard it, which its run's events say. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import type { VerbCaller } from "../verbs/caller.ts";
import { lockMessage, type MessageRow } from "./message-row.ts";
import { isFrom } from "./reply.ts";

export interface Stage {
  stage: string;
  run: string | null;
  words: string;
  at: Date;
}

/** Problem `not-found` for whoever has neither sent nor got it; a person sees all of the organization's. */
export async function traceMessage(
  tx: JobsTransaction,
  caller: VerbCaller,
  id: string,
): Promise<{ message: MessageRow; stages: Stage[] }> {
  const message = await lockMessage(tx, id);
  const mine =
    isFrom(message, caller) || message.to_workstation_id === caller.workstation || caller.person !== null;
  if (!mine) throw new Problem("not-found", { what: `message ${id}` });
  // The workstation's clock says when it was heard; nothing is heard before it was delivered.
  const stages = await tx.$queryRaw<Stage[]>`
    WITH written AS (SELECT stage, run_id, words, at, number FROM jobs.message_stages WHERE message_id = ${id}),
      delivered AS (SELECT max(at) AS at, max(number) AS number FROM written WHERE stage = 'delivered')
    SELECT stage, run_id AS run, words, at, number * 2 AS number FROM written
    UNION ALL
    (SELECT 'heard', e.run_id, '', greatest(e.at, d.at), coalesce(d.number * 2 + 1, 0) FROM jobs.events e CROSS JOIN delivered d
      WHERE e.run_id = ${message.to_run_id} AND e.body ->> 'kind' = 'prompt' AND e.body ->> 'prompt' = ${message.prompt_id}
      ORDER BY e.seq LIMIT 1)
    ORDER BY at, number`;
  return { message, stages };
}
