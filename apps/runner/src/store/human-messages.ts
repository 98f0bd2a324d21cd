/** Questions and notes to people, inside the transaction of whoever asks, answers or tells. The first answer counts. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { STOP_CHOICE } from "../core/questions.ts";
import { LIMITS } from "../limits.ts";
import { wishCancel } from "../runs/requests.ts";
import { extendBudget } from "./family-budget.ts";
import type { RunRow } from "./run-row.ts";
import { isTerminal, findRun } from "./run-store.ts";
import { nightRules } from "./spending.ts";

export type HumanMessageRow = NonNullable<
  Awaited<ReturnType<JobsTransaction["jobsHumanMessages"]["findUnique"]>>
>;

export interface AgentQuestion {
  /** What makes it be asked once. */
  id: string;
  text: string;
  choices: readonly string[];
  urgent: boolean;
  deadline: Date;
}

/** A question of a run's agent. The same words while they are open are the same question. Problem `too-many` above the limit. */
export async function askQuestion(
  tx: JobsTransaction,
  run: RunRow,
  ask: AgentQuestion,
): Promise<HumanMessageRow> {
  const asked = await tx.jobsHumanMessages.findUnique({ where: { id: ask.id } });
  if (asked !== null) return asked;
  if (isTerminal(run.state)) throw new Problem("run.not-live", { what: "ask a person" });
  const open = await tx.jobsHumanMessages.findMany({
    where: { runId: run.id, kind: "question", answeredAt: null, closedReason: null },
  });
  const same = open.find(({ text }) => text === ask.text);
  if (same !== undefined) return same;
  const limit = LIMITS.questionsOpenMax;
  if (open.length >= limit) throw new Problem("too-many", { what: "open questions of this run", limit });
  const { id, text, choices, urgent, deadline } = ask;
  return await tx.jobsHumanMessages.create({
    data: { ...ofRun(run), id, kind: "question", text, choices: [...choices], urgent, deadline },
  });
}

/** A note of a run's agent, or of nobody's. Told twice with the same id it is there once. */
export async function tellPeople(
  tx: JobsTransaction,
  run: RunRow,
  note: { id: string; text: string; urgent: boolean; channel: string | null },
): Promise<void> {
  const notes = await tx.jobsHumanMessages.count({ where: { runId: run.id, kind: "note" } });
  const limit = LIMITS.notesPerRunMax;
  if (notes >= limit) throw new Problem("too-many", { what: "notes of this run", limit });
  await tx.jobsHumanMessages.createMany({
    data: [{ ...ofRun(run), kind: "note", ...note }],
    skipDuplicates: true,
  });
}

function ofRun(run: RunRow): { organizationId: string; runId: string; jobId: string; workstationId: string } {
  return { organizationId: run.organization, runId: run.id, jobId: run.job, workstationId: run.workstation };
}

/** Takes an answer. Problem `question.closed` where it came too late. Answers the run that has news. */
export async function answerQuestion(
  tx: JobsTransaction,
  { question, person, answer }: { question: string; person: string; answer: string },
  now: Date,
): Promise<string | null> {
  const row = await openQuestion(tx, question, now);
  const { count } = await tx.jobsHumanMessages.updateMany({
    where: { id: question, answeredAt: null, closedReason: null },
    data: { answer, answeredBy: person, answeredAt: now },
  });
  if (count !== 1) throw new Problem("question.closed", { question, how: "was answered in the meantime" });
  return await act(tx, row, answer);
}

async function openQuestion(tx: JobsTransaction, question: string, now: Date): Promise<HumanMessageRow> {
  const row = await tx.jobsHumanMessages.findUnique({ where: { id: question } });
  if (row === null || row.kind !== "question") throw new Problem("not-found", { what: "question" });
  if (row.answeredAt !== null)
    throw new Problem("question.closed", { question, how: "was answered already" });
  const isLate = row.deadline !== null && row.deadline <= now;
  if (row.closedReason !== null || isLate)
    throw new Problem("question.closed", { question, how: howClosed(row.closedReason) });
  return row;
}

function howClosed(reason: string | null): string {
  switch (reason) {
    case "run-ended":
      return "is closed: its run is over";
    case "words":
      return "is closed: somebody sent words to its job instead";
    default:
      return "is closed: its time was over, so the answer was no";
  }
}

const isNo = (answer: string): boolean =>
  /^(?:no?|nein|stop|cancel)\b/iu.test(answer.trim()) || answer.trim() === STOP_CHOICE;
const budgetDetail = z.object({
  what: z.enum(["dollars", "work"]),
  extend: z.number().positive(),
  /** Whose budget it is, where several runs draw on one. */
  holder: z.string().optional(),
});
const nightDetail = z.object({ night: z.string(), extend: z.number().positive() });
const repeatsDetail = z.object({ schedule: z.string() });

/** What the answer does, by what was asked. The agent is told of it when its run is looked at. */
async function act(tx: JobsTransaction, row: HumanMessageRow, answer: string): Promise<string | null> {
  switch (row.purpose) {
    case "budget":
      return await extendRun(tx, row, answer);
    case "stalled":
      return row.runId !== null && answer === STOP_CHOICE ? await stop(tx, row.runId) : row.runId;
    case "night":
      await extendNight(tx, row, answer);
      return null;
    case "repeats":
      await goOnRepeating(tx, row, answer);
      return null;
    default:
      return row.runId;
  }
}

async function stop(tx: JobsTransaction, run: string): Promise<string> {
  return await wishCancel(tx, run);
}

/** By what was offered, or by the number in the answer. */
async function extendRun(tx: JobsTransaction, row: HumanMessageRow, answer: string): Promise<string | null> {
  if (row.runId === null) return null;
  if (isNo(answer)) return await stop(tx, row.runId);
  const { what, extend, holder } = budgetDetail.parse(row.detail);
  const run = await findRun(tx, row.runId);
  if (run === null) return null;
  const more = amountIn(answer) ?? extend;
  if (what === "dollars") {
    await extendBudget(tx, holder ?? run.id, more);
    await answerForFamily(tx, row, holder ?? run.id);
  } else
    await tx.jobsRuns.updateMany({
      where: { id: run.id },
      data: { budgetWorkSeconds: Math.round((run.budgetWorkMs ?? 0) / 1000 + more * 60) },
    });
  return run.id;
}

/** Others that wait for the same budget were asked about as well: one answer is enough. */
async function answerForFamily(tx: JobsTransaction, { id }: HumanMessageRow, holder: string): Promise<void> {
  await tx.$executeRaw`UPDATE jobs.human_messages m SET answer = a.answer, answered_by = a.answered_by, answered_at = a.answered_at
    FROM jobs.human_messages a WHERE a.id = ${id} AND m.purpose = 'budget' AND m.detail ->> 'holder' = ${holder}
      AND m.answered_at IS NULL AND m.closed_reason IS NULL`;
}

/** `Extend by $5.00` and `20 more` name an amount; `yes` does not. */
export function amountIn(answer: string): number | null {
  const number = Number(/\d+(?:\.\d+)?/u.exec(answer)?.[0] ?? Number.NaN);
  return Number.isFinite(number) && number > 0 ? Math.min(number, 100_000) : null;
}

async function extendNight(tx: JobsTransaction, row: HumanMessageRow, answer: string): Promise<void> {
  if (isNo(answer)) return await refuse(tx, row);
  const { night, extend } = nightDetail.parse(row.detail);
  const rules = await nightRules(tx);
  if (rules === null) return;
  const before = rules.extraNight === night ? rules.extraDollars : 0;
  await tx.jobsNights.updateMany({
    data: { extraNight: night, extraDollars: before + (amountIn(answer) ?? extend) },
  });
}

/** Not asked again. */
async function refuse(tx: JobsTransaction, { id }: HumanMessageRow): Promise<void> {
  await tx.jobsHumanMessages.update({ where: { id }, data: { closedReason: "refused" } });
}

async function goOnRepeating(tx: JobsTransaction, row: HumanMessageRow, answer: string): Promise<void> {
  const { schedule } = repeatsDetail.parse(row.detail);
  if (isNo(answer)) return await refuse(tx, row);
  await tx.jobsSchedules.updateMany({
    where: { id: schedule, deletedAt: null },
    data: { paused: false, pauseReason: "", successes: 0 },
  });
}
