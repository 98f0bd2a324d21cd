/** Reads what agents and the run engine say to people. */
import type { ControlTransaction } from "@nightgate/db/control";
import { limits } from "../../limits.ts";
import type { QuestionView } from "../../ui/question-view.ts";
import { presentQuestion, type QuestionRow } from "./present.ts";

/** Questions that wait for an answer: urgent ones first, then the oldest. */
export async function openQuestions(tx: ControlTransaction): Promise<QuestionView[]> {
  return await read(tx, { open: true, runs: null, after: new Date(0) });
}

/** All questions and notes of these runs, oldest first. */
export async function questionsOfRuns(tx: ControlTransaction, runs: string[]): Promise<QuestionView[]> {
  const rows = await read(tx, { open: false, runs, after: new Date(0) });
  return rows.toSorted((one, other) => one.createdAt - other.createdAt);
}

/** What was said since `after`, questions and notes. */
export async function wordsSince(tx: ControlTransaction, after: Date): Promise<QuestionView[]> {
  return await read(tx, { open: false, runs: null, after });
}

async function read(
  tx: ControlTransaction,
  { open, runs, after }: { open: boolean; runs: string[] | null; after: Date },
): Promise<QuestionView[]> {
  const rows = await tx.$queryRaw<QuestionRow[]>`
    SELECT m.id, m.kind, m.purpose, m.run_id, m.job_id, coalesce(w.name, m.workstation_id) AS workstation, m.text, m.choices,
      m.urgent, m.deadline, m.created_at, m.answered_at, m.answer, coalesce(p.name, m.answered_by) AS answered_by, m.closed_reason
    FROM jobs.human_messages m
    LEFT JOIN control.workstations w ON w.id = m.workstation_id
    LEFT JOIN control.members p ON p.person_id = m.answered_by
    WHERE (NOT ${open} OR (m.kind = 'question' AND m.answered_at IS NULL AND m.closed_reason IS NULL))
      AND (${runs}::text[] IS NULL OR m.run_id = ANY(${runs}::text[])) AND m.created_at >= ${after}
    ORDER BY m.urgent DESC, m.created_at LIMIT ${limits.questionsMax}`;
  return rows.map(presentQuestion);
}
