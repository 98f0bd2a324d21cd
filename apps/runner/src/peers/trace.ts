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
  const stages = await tx.$queryRaw<Stage[]>`
    SELECT stage, run_id AS run, words, at, number FROM jobs.message_stages WHERE message_id = ${id}
    UNION ALL
    (SELECT 'heard', run_id, '', at, 0 FROM jobs.events WHERE run_id = ${message.to_run_id} AND body ->> 'kind' = 'prompt'
      AND body ->> 'prompt' = ${message.prompt_id} ORDER BY seq LIMIT 1)
    ORDER BY at, number`;
  return { message, stages };
}
