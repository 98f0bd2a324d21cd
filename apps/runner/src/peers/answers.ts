/** What a run still has to hear of its questions, and whether it waits for any: part of what decides what becomes of it. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { NewPrompt } from "../core/words.ts";
import type { RunRow } from "../store/run-row.ts";
import type { MessageRow } from "./message-row.ts";
import { answersPrompt } from "./words.ts";

export interface PeerAnswers {
  /** One prompt for each question that is closed and of which the run was not told; for questions that were asked together, one for all. */
  answers: NewPrompt[];
  /** Questions, and jobs that it wants to hear of, that have not ended. */
  asksOpen: number;
}

/** Reads both in the transaction of a run's snapshot. */
export async function readAnswers(
  tx: JobsTransaction,
  { id: run, startedAt }: Pick<RunRow, "id" | "startedAt">,
): Promise<PeerAnswers> {
  // One that has not begun has asked nobody.
  if (startedAt === null) return { answers: [], asksOpen: 0 };
  const rows = await tx.$queryRaw<MessageRow[]>`SELECT * FROM jobs.messages
    WHERE from_run_id = ${run} AND told_at IS NULL AND kind IN ('ask', 'watch') ORDER BY created_at, id LIMIT 200`;
  const [children] = await tx.$queryRaw<{ open: number }[]>`SELECT count(*)::int AS open FROM jobs.jobs j
    WHERE j.parent_run_id = ${run} AND j.notify_parent
      AND EXISTS (SELECT FROM jobs.runs r WHERE r.job_id = j.id AND r.ended_at IS NULL)`;
  const groups = Map.groupBy(rows, ({ id, group_id: group }) => group ?? id);
  const answers: NewPrompt[] = [];
  for (const [id, messages] of groups) {
    if (messages.some(({ closed_at: closed }) => closed === null)) continue;
    answers.push({
      id: `peer-answer-${id}`,
      text: answersPrompt(messages),
      source: "peer",
      hold: null,
      tells: messages.map((message) => message.id),
    });
  }
  const open = rows.filter(({ closed_at: closed }) => closed === null).length;
  return { answers, asksOpen: open + (children?.open ?? 0) };
}

/** Whom a blocked run waits for, as a sentence; null where it is none of the agents that it has asked. */
export async function whoIsAwaited(tx: JobsTransaction, run: string): Promise<string | null> {
  const rows = await tx.$queryRaw<{ peer: string }[]>`
    SELECT to_peer AS peer FROM jobs.messages WHERE from_run_id = ${run} AND kind = 'ask' AND closed_at IS NULL
    UNION SELECT w.name FROM jobs.jobs j JOIN control.workstations w ON w.id = j.workstation_id
    WHERE j.parent_run_id = ${run} AND j.notify_parent
      AND EXISTS (SELECT FROM jobs.runs r WHERE r.job_id = j.id AND r.ended_at IS NULL)
    ORDER BY 1 LIMIT 20`;
  return rows.length === 0 ? null : `It waits to hear from ${rows.map(({ peer }) => peer).join(", ")}.`;
}
