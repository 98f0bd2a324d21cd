/** What goes along with a decision about a run, in its transaction: prompts, questions to people, marks; each is written once, whoever decides how often. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import type { NewQuestion } from "../core/questions.ts";
import type { Along } from "../core/snapshot.ts";
import type { NewPrompt } from "../core/words.ts";
import { LIMITS } from "../limits.ts";
import { claimTelling } from "../peers/stages.ts";

interface RunNamed {
  organization: string;
  id: string;
  job: string;
  workstation: string;
}

/** Writes all of it, or nothing: answers false where a question that was late has been answered after all. */
export async function bringAlong(tx: JobsTransaction, run: RunNamed, along: Along): Promise<boolean> {
  if (!(await closeLate(tx, run, along.expired ?? []))) return false;
  await insertPrompts(tx, run, along.prompts);
  await markTold(tx, along.prompts);
  for (const ask of along.asks ?? []) await askPeople(tx, run, ask);
  for (const text of along.notes ?? []) await tellOfRun(tx, run, text);
  for (const { id, kind, text } of along.marks ?? [])
    await tx.$executeRaw`INSERT INTO jobs.marks (organization_id, run_id, id, kind, text)
      VALUES (${run.organization}, ${run.id}, ${id}, ${kind}, ${text}) ON CONFLICT DO NOTHING`;
  return true;
}

/** Adds prompts behind those that are there. An id that was used before is left as it is: nothing is said twice. */
export async function insertPrompts(
  tx: JobsTransaction,
  run: Pick<RunNamed, "organization" | "id">,
  prompts: readonly NewPrompt[],
): Promise<void> {
  for (const { id, text, source, hold, tells } of prompts) {
    if (tells !== undefined && !(await claimTelling(tx, tells, run.id))) continue;
    await tx.$executeRaw`INSERT INTO jobs.prompts (organization_id, id, run_id, number, text, source, hold_id)
      SELECT ${run.organization}, ${id}, ${run.id}, coalesce(max(number), 0) + 1, ${text.slice(0, LIMITS.promptCharactersMax)}, ${source}, ${hold}
      FROM jobs.prompts WHERE run_id = ${run.id} ON CONFLICT (id) DO NOTHING`;
  }
}

/** Closes questions whose time is over. Answers false, and has changed nothing, where one of them is not open any more. */
export async function closeLate(
  tx: JobsTransaction,
  run: Pick<RunNamed, "id">,
  questions: readonly string[],
): Promise<boolean> {
  if (questions.length === 0) return true;
  const open = await tx.$queryRaw<
    unknown[]
  >`SELECT id FROM jobs.human_messages WHERE id = ANY(${[...questions]})
    AND run_id = ${run.id} AND answered_at IS NULL AND closed_reason IS NULL FOR UPDATE`;
  if (open.length !== questions.length) return false;
  await tx.$executeRaw`UPDATE jobs.human_messages SET closed_reason = 'deadline', told_at = now() WHERE id = ANY(${[...questions]})`;
  return true;
}

/** Nobody is to answer them any more. */
export async function closeQuestions(
  tx: JobsTransaction,
  run: string,
  why: "run-ended" | "words",
): Promise<void> {
  await tx.$executeRaw`UPDATE jobs.human_messages SET closed_reason = ${why}
    WHERE run_id = ${run} AND kind = 'question' AND answered_at IS NULL AND closed_reason IS NULL`;
}

/** An answer that has become a prompt is not given to a call that waits for it as well. */
async function markTold(tx: JobsTransaction, prompts: readonly NewPrompt[]): Promise<void> {
  const questions = prompts.flatMap(({ id }) =>
    id.startsWith("answer-") ? [id.slice("answer-".length)] : [],
  );
  if (questions.length > 0)
    await tx.$executeRaw`UPDATE jobs.human_messages SET told_at = coalesce(told_at, now()) WHERE id = ANY(${questions})`;
}

async function tellOfRun(tx: JobsTransaction, run: RunNamed, text: string): Promise<void> {
  await tx.jobsHumanMessages.create({
    data: {
      organizationId: run.organization,
      id: newId("humanMessage"),
      kind: "note",
      runId: run.id,
      jobId: run.job,
      workstationId: run.workstation,
      text,
    },
  });
}

async function askPeople(tx: JobsTransaction, run: RunNamed, ask: NewQuestion): Promise<void> {
  await tx.jobsHumanMessages.create({
    data: {
      organizationId: run.organization,
      id: newId("humanMessage"),
      kind: "question",
      purpose: ask.purpose,
      runId: run.id,
      jobId: run.job,
      workstationId: run.workstation,
      text: ask.text,
      choices: ask.choices,
      detail: ask.detail ?? {},
      deadline: ask.deadline,
    },
  });
}
