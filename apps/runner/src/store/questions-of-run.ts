/** The questions of one run, as deciding needs them. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { QuestionPurpose, QuestionSeen } from "../core/questions.ts";
import type { RunRow } from "./run-row.ts";

/** All of them, oldest first. */
export async function readQuestions(
  tx: JobsTransaction,
  { id }: Pick<RunRow, "id">,
): Promise<QuestionSeen[]> {
  const rows = await tx.jobsHumanMessages.findMany({
    where: { runId: id, kind: "question" },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
  });
  if (rows.length === 0) return [];
  const members = await tx.controlMembers.findMany({ select: { personId: true, name: true } });
  const names = new Map(members.map(({ personId, name }) => [personId, name]));
  return rows.map((row) => ({
    id: row.id,
    // The table's CHECK constraint has the same list.
    purpose: row.purpose as QuestionPurpose,
    text: row.text,
    deadline: row.deadline,
    answer: row.answer,
    answeredBy: row.answeredBy === null ? null : (names.get(row.answeredBy) ?? null),
    isDone: row.toldAt !== null || row.closedReason !== null,
  }));
}
