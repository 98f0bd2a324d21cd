/** What the one who was asked may say, and what the one who asked may hear. Everybody else is told that there is no such message (invariant 9). */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import type { VerbCaller } from "../verbs/caller.ts";
import { addStage, closeMessage, lockMessage, type MessageRow } from "./message-row.ts";
import { claimTelling } from "./stages.ts";

/** The question, if it was asked of the caller: of its workstation, or of the organization for a person who steps in. */
export async function askedOf(tx: JobsTransaction, caller: VerbCaller, id: string): Promise<MessageRow> {
  const message = await lockMessage(tx, id);
  // Invariant 1: which workstation it is says the socket; an agent on another one cannot answer in its name.
  if (
    message.kind !== "ask" ||
    (caller.workstation !== null && message.to_workstation_id !== caller.workstation)
  )
    throw new Problem("not-found", { what: `question ${id} for you` });
  // Nor the asker itself, where both are on one workstation.
  if (caller.run !== null && caller.run === message.from_run_id)
    throw new Problem("not-found", { what: `question ${id} for you` });
  if (message.closed_at !== null) throw new Problem("message.closed", { message: id, state: message.state });
  return message;
}

/** The message, if the caller has sent it. */
export async function askedBy(tx: JobsTransaction, caller: VerbCaller, id: string): Promise<MessageRow> {
  const message = await lockMessage(tx, id);
  if (!isFrom(message, caller)) throw new Problem("not-found", { what: `message ${id} of yours` });
  return message;
}

export function isFrom(message: MessageRow, caller: VerbCaller): boolean {
  if (caller.person !== null) return message.from_person_id === caller.person;
  return caller.workstation !== null && message.from_workstation_id === caller.workstation;
}

/** Got it, working on it. Said again it changes nothing but the words. */
export async function acknowledge(
  tx: JobsTransaction,
  caller: VerbCaller,
  { id, words }: { id: string; words: string },
  now: Date,
): Promise<MessageRow> {
  const message = await askedOf(tx, caller, id);
  await tx.$executeRaw`UPDATE jobs.messages SET state = 'acknowledged' WHERE id = ${id}`;
  await addStage(tx, message, "acknowledged", now, { run: caller.run, words });
  return await lockMessage(tx, id);
}

/** Closes the question. */
export async function answerMessage(
  tx: JobsTransaction,
  caller: VerbCaller,
  { id, text, refuse }: { id: string; text: string; refuse: boolean },
  now: Date,
): Promise<MessageRow> {
  const message = await askedOf(tx, caller, id);
  const answer = text.toWellFormed().replaceAll("\u0000", "\uFFFD");
  await closeMessage(tx, message, { state: refuse ? "refused" : "answered", answer, run: caller.run }, now);
  return await lockMessage(tx, id);
}

/**
 * Tells the one who waits, once: afterwards no prompt says it again. A wait that outlived its turn hears nothing, because nobody would:
 * the answer is the run's next prompt then.
 */
export async function tellWaiting(
  tx: JobsTransaction,
  caller: VerbCaller,
  messages: readonly MessageRow[],
): Promise<boolean> {
  if (caller.run !== null && !(await isInTurn(tx, caller.run))) return false;
  await claimTelling(
    tx,
    messages.map(({ id }) => id),
    caller.run,
    "wait",
  );
  return true;
}

async function isInTurn(tx: JobsTransaction, run: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<
    { kind: string }[]
  >`SELECT body ->> 'kind' AS kind FROM jobs.events WHERE run_id = ${run}
    AND body ->> 'kind' IN ('prompt', 'turn.ended', 'turn.failed', 'session.ended') ORDER BY seq DESC LIMIT 1`;
  return row === undefined || row.kind === "prompt";
}
