/** Carries out the verbs between agents and people. An agent asks, tells and says; only a person answers and sets. */
import { createHash } from "node:crypto";
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { NightSettings } from "@nightgate/shared/jobs-inbox";
import { Problem } from "@nightgate/shared/problems";
import type { Claim, humanVerbs } from "@nightgate/shared/verbs/human-verbs";
import type { z } from "zod";
import { doctor, repairFinding } from "../doctor/doctor.ts";
import { type FallbackArgs, namedFallback } from "../store/fallbacks.ts";
import { answerQuestion, askQuestion, type HumanMessageRow, tellPeople } from "../store/human-messages.ts";
import { keepLateResult } from "../store/late-result.ts";
import { readNightSettings, setNight } from "../store/night-store.ts";
import type { RunRow } from "../store/run-row.ts";
import { findRun, isTerminal } from "../store/run-store.ts";
import type { Handlers, VerbCaller } from "./caller.ts";

type Question = z.input<(typeof humanVerbs)["question_answer"]["result"]>;

const MINUTE_MS = 60_000;

export const humanHandlers: Handlers<typeof humanVerbs> = {
  ask_human: async (tx, caller, args, now) => {
    const run = await ownRun(tx, caller);
    const row = await askQuestion(tx, run, {
      id: idOfCall(caller),
      text: args.text,
      choices: args.choices,
      urgent: args.urgent,
      deadline: new Date(now.getTime() + args.deadline_minutes * MINUTE_MS),
    });
    const isAnswered = row.answer !== null && (await tellOnce(tx, row, now));
    const question = await shown(tx, row);
    return {
      result: isAnswered
        ? { ...question, say: "Answered. Go on." }
        : {
            ...question,
            ...UNTOLD,
            say: "Nobody has answered yet. End your turn: the answer is your next prompt.",
          },
      pending: row.answer === null && row.closedReason === null,
    };
  },

  notify_human: async (tx, caller, { text, urgent }) => {
    const message = idOfCall(caller);
    await tellPeople(tx, await ownRun(tx, caller), { id: message, text, urgent, channel: null });
    return { result: { message } };
  },

  job_update: async (tx, caller, { text, percent, tests }, now) => {
    const { id } = await ownRun(tx, caller);
    await tx.jobsRuns.update({
      where: { id },
      data: {
        progress: text,
        progressAt: now,
        ...(percent !== undefined && { percent }),
        ...(tests !== undefined && { tests }),
      },
    });
    return { result: { run: id } };
  },

  job_result: async (tx, caller, claim, now) => {
    const run = caller.run === null ? null : await findRun(tx, caller.run);
    if (run !== null && isTerminal(run.state)) return await lateClaim(tx, run, claim);
    const { id } = await ownRun(tx, caller);
    await tx.jobsRuns.update({
      where: { id },
      data: { claim, claimedAt: now, ...(claim.tests && { tests: claim.tests }) },
    });
    return { result: { run: id, say: "Kept. End your turn now." }, touched: [id] };
  },

  question_list: async (tx, caller, { open, limit }) => {
    const rows = await tx.jobsHumanMessages.findMany({
      where: {
        kind: "question",
        ...(caller.workstation !== null && { workstationId: caller.workstation }),
        ...(open && { answeredAt: null, closedReason: null }),
      },
      orderBy: [{ answeredAt: { sort: "asc", nulls: "first" } }, { createdAt: "desc" }],
      take: limit,
    });
    const questions: Question[] = [];
    for (const row of rows) questions.push(await shown(tx, row));
    return { result: { questions } };
  },

  question_answer: async (tx, { person }, { question, answer }, now) => {
    if (person === null) throw new Problem("verb.not-yours", { verb: "question_answer", who: "people" });
    const run = await answerQuestion(tx, { question, person, answer }, now);
    const row = await tx.jobsHumanMessages.findUniqueOrThrow({ where: { id: question } });
    return { result: await shown(tx, row), touched: run === null ? [] : [run] };
  },

  night_show: async (tx, _caller, _args, now) => ({ result: await readNightSettings(tx, now) }),

  night_set: async (tx, caller, args, now) => {
    if (caller.person === null || (caller.role !== "owner" && caller.role !== "admin"))
      throw new Problem("role.refused", { what: "set the night" });
    if ((args.starts === undefined) !== (args.ends === undefined))
      throw new Problem("night.invalid", { why: "starts and ends belong together" });
    const night = {
      timeZone: args.timezone,
      window:
        args.starts === undefined || args.ends === undefined
          ? null
          : { starts: args.starts, ends: args.ends },
      wrapUpMinutes: args.wrap_up_minutes,
      budgetDollars: args.budget_dollars ?? null,
      ...(await fallbackSaid(tx, args)),
    };
    return { result: { night: await setNight(tx, caller.organization, caller.person, night, now) } };
  },

  job_doctor: async (tx, caller, { repair }, now) => {
    if (repair === undefined) return { result: { findings: await doctor(tx, caller, now), repaired: null } };
    const { touched, done } = await repairFinding(tx, caller, repair, now);
    return { result: { findings: await doctor(tx, caller, now), repaired: done }, touched };
  },
};

/** Nothing where nothing was said of it: then it stays as it is. */
async function fallbackSaid(
  tx: JobsTransaction,
  args: FallbackArgs,
): Promise<Pick<NightSettings, "fallback">> {
  if (args.fallback_agent === "none") return { fallback: null };
  const fallback = await namedFallback(tx, args, null);
  return fallback === null ? {} : { fallback };
}

/** It was over already: kept beside what the run ended with, and changes nothing of it. */
async function lateClaim(
  tx: JobsTransaction,
  { id, state }: RunRow,
  { status, summary }: Claim,
): Promise<{ result: { run: string; say: string } }> {
  await keepLateResult(tx, id, `${status}: ${summary}`);
  const say = `Your run was over before you said so (${state.replaceAll("_", " ")}). Your words are kept with it. End your turn now.`;
  return { result: { run: id, say } };
}

const UNTOLD = { answer: null, answered_by: null };

/** The run of the agent that asks: of its own workstation (the desk has checked that), and not over. */
async function ownRun(tx: JobsTransaction, { run }: VerbCaller): Promise<RunRow> {
  const row = run === null ? null : await findRun(tx, run);
  if (row === null) throw new Problem("run.not-live", { what: "say that outside of a run" });
  if (isTerminal(row.state)) throw new Problem("run.not-live", { what: "say that" });
  return row;
}

/** The answer is given to one of them: the call that waits for it, or the agent's next prompt. */
async function tellOnce(tx: JobsTransaction, row: HumanMessageRow, now: Date): Promise<boolean> {
  const { count } = await tx.jobsHumanMessages.updateMany({
    where: { id: row.id, toldAt: null, answeredAt: { not: null } },
    data: { toldAt: now },
  });
  return count === 1;
}

/** The same call asks the same question. */
function idOfCall({ organization, workstation, call }: VerbCaller): string {
  const digest = createHash("sha256").update(`${organization} ${workstation} ${call}`).digest();
  const letters = "0123456789abcdefghjkmnpqrstvwxyz";
  return `say_${[...digest.subarray(0, 12)].map((byte) => letters.charAt(byte & 31)).join("")}`;
}

async function shown(tx: JobsTransaction, row: HumanMessageRow): Promise<Question> {
  const [by] =
    row.answeredBy === null
      ? []
      : await tx.controlMembers.findMany({
          where: { personId: row.answeredBy },
          select: { name: true },
          take: 1,
        });
  return {
    question: row.id,
    state: row.answeredAt !== null ? "answered" : row.closedReason !== null ? "closed" : "open",
    text: row.text,
    choices: Array.isArray(row.choices) ? row.choices.map(String) : [],
    asked_at: row.createdAt.toISOString(),
    deadline: row.deadline?.toISOString() ?? null,
    run: row.runId,
    job: row.jobId,
    answer: row.answer,
    answered_by: by?.name ?? null,
  };
}
