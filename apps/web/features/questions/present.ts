/** Every field of a question that leaves the server, listed. Pure. */
import { cut, milliseconds } from "../../server/plain.ts";
import type { QuestionView } from "../../ui/question-view.ts";

export interface QuestionRow {
  id: string;
  kind: string;
  purpose: string;
  run_id: string | null;
  job_id: string | null;
  workstation: string | null;
  text: string;
  choices: unknown;
  urgent: boolean;
  deadline: Date | null;
  created_at: Date;
  answered_at: Date | null;
  answer: string | null;
  answered_by: string | null;
  closed_reason: string | null;
}

const CHARACTERS_MAX = 10_000;
/** Purposes whose words are an agent's own. */
const OF_AGENTS = new Set(["agent", "question", "result"]);
const CLOSED: Record<string, string> = {
  deadline: "Nobody answered in time, so the answer was no.",
  "run-ended": "The run ended before anybody answered.",
  words: "Somebody sent the agent words instead.",
  withdrawn: "It was withdrawn.",
};

export function presentQuestion(row: QuestionRow): QuestionView {
  return {
    id: row.id,
    kind: row.kind === "note" ? "note" : "question",
    from: OF_AGENTS.has(row.purpose) ? "agent" : "nightgate",
    workstation: row.workstation ?? "",
    job: row.job_id,
    run: row.run_id,
    text: cut(row.text, CHARACTERS_MAX),
    choices: Array.isArray(row.choices)
      ? row.choices.filter((choice): choice is string => typeof choice === "string").slice(0, 10)
      : [],
    urgent: row.urgent,
    deadline: milliseconds(row.deadline),
    createdAt: row.created_at.getTime(),
    answer: row.answer === null ? null : cut(row.answer, CHARACTERS_MAX),
    answeredBy: row.answered_by,
    answeredAt: milliseconds(row.answered_at),
    closed:
      row.closed_reason === null || row.answer !== null
        ? null
        : (CLOSED[row.closed_reason] ?? "It is closed."),
  };
}
