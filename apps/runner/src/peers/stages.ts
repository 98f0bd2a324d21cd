/** What happens to a message without anybody's saying so: it was sent, it was told. Each in the transaction of what it follows from. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { addStage, type MessageRow } from "./message-row.ts";

/** The workstation has taken the prompt: the message that it carries is delivered, and one that wants no answer is done. */
export async function messageSent(tx: JobsTransaction, prompt: string, now: Date): Promise<void> {
  if (!prompt.startsWith("peer-")) return;
  const rows = await tx.$queryRaw<MessageRow[]>`UPDATE jobs.messages SET
      state = CASE WHEN state = 'queued' THEN 'delivered' ELSE state END,
      closed_at = CASE WHEN kind IN ('notify', 'broadcast') THEN ${now} ELSE closed_at END
    WHERE prompt_id = ${prompt} AND closed_at IS NULL RETURNING *`;
  for (const row of rows) await addStage(tx, row, "delivered", now, { run: row.to_run_id });
}

/** Takes it on to tell how these messages ended: false where somebody was told of one before, and nothing is to be said then. */
export async function claimTelling(
  tx: JobsTransaction,
  messages: readonly string[],
  run: string | null,
  how: "prompt" | "wait" = "prompt",
): Promise<boolean> {
  const now = new Date();
  const rows = await tx.$queryRaw<MessageRow[]>`UPDATE jobs.messages SET told_at = ${now}
    WHERE id = ANY(${[...messages]}) AND told_at IS NULL AND closed_at IS NOT NULL RETURNING *`;
  for (const row of rows)
    await addStage(tx, row, how === "prompt" ? "told as a prompt" : "told to the one who waited", now, {
      run,
    });
  return rows.length > 0;
}
