/** A message as the runner reads it, and the stages of its way. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import type { MESSAGE_STATES } from "@nightgate/shared/verbs/peer-verbs";

export type MessageState = (typeof MESSAGE_STATES)[number];

export interface MessageRow {
  organization_id: string;
  id: string;
  group_id: string | null;
  kind: "ask" | "notify" | "broadcast" | "watch";
  state: MessageState;
  from_workstation_id: string | null;
  from_run_id: string | null;
  from_person_id: string | null;
  from_name: string;
  to_peer: string;
  to_workstation_id: string;
  to_agent: string | null;
  to_job_id: string | null;
  to_run_id: string | null;
  prompt_id: string | null;
  text: string;
  wake: boolean;
  depth: number;
  deadline: Date;
  answer: string | null;
  answer_is_last_words: boolean;
  told_at: Date | null;
  created_at: Date;
  closed_at: Date | null;
}

/** The message, with its row locked until the transaction ends. Problem `not-found` where there is none here. */
export async function lockMessage(tx: JobsTransaction, id: string): Promise<MessageRow> {
  const [row] = await tx.$queryRaw<MessageRow[]>`SELECT * FROM jobs.messages WHERE id = ${id} FOR UPDATE`;
  if (row === undefined) throw new Problem("not-found", { what: `message ${id}` });
  return row;
}

/** Writes down one stage. */
export async function addStage(
  tx: JobsTransaction,
  message: Pick<MessageRow, "organization_id" | "id">,
  stage: string,
  at: Date,
  more: { run?: string | null; words?: string } = {},
): Promise<void> {
  await tx.$executeRaw`INSERT INTO jobs.message_stages (organization_id, message_id, number, stage, run_id, words, at)
    SELECT ${message.organization_id}, ${message.id}, coalesce(max(number), 0) + 1, ${stage}, ${more.run ?? null},
      ${(more.words ?? "").slice(0, 2_000)}, ${at} FROM jobs.message_stages WHERE message_id = ${message.id}`;
}

/** Closes a question with what was answered, or with why there is no answer. */
export async function closeMessage(
  tx: JobsTransaction,
  message: MessageRow,
  end: {
    state: "answered" | "expired" | "refused";
    answer: string;
    lastWords?: boolean;
    run?: string | null;
  },
  now: Date,
): Promise<void> {
  await tx.$executeRaw`UPDATE jobs.messages SET state = ${end.state}, answer = ${end.answer},
    answer_is_last_words = ${end.lastWords ?? false}, closed_at = ${now} WHERE id = ${message.id}`;
  await addStage(tx, message, end.state, now, { run: end.run ?? null, words: end.answer });
}
