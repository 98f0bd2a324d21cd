/** Reads, in one transaction, all that decides what becomes of a run. */
import type { JobsDatabase, JobsTransaction } from "@nightgate/db/jobs";
import type { HoldState } from "@nightgate/shared/hold-states";
import { runEventBody } from "@nightgate/shared/run-events";
import { claim } from "@nightgate/shared/verbs/human-verbs";
import { z } from "zod";
import type { RunSnapshot } from "../core/snapshot.ts";
import type { HoldSeen } from "../core/words.ts";
import { readAnswers } from "../peers/answers.ts";
import { readFallback } from "./fallbacks.ts";
import { readHandOver, readProgress } from "./progress.ts";
import { readQuestions } from "./questions-of-run.ts";
import type { RunRow } from "./run-row.ts";
import { workedMs } from "./run-store.ts";
import { readFamilyBudget, readNight } from "./spending.ts";

export type StoredSnapshot = Omit<RunSnapshot, "agentd">;

export interface Snapshots {
  read(run: RunRow, now: Date): Promise<StoredSnapshot>;
}

const titled = z.object({ title: z.string() });

/** Reads the runner's own tables, and the gate's through its views. */
export function createSnapshots(db: JobsDatabase): Snapshots {
  return {
    read: async (run, now) =>
      await db.asOrganization(run.organization, async (tx) => ({
        ...(await readRun(tx, run, now)),
        needs: await readNeeds(tx, run),
        ...(await readTurns(tx, run)),
        ...(await readSecond(tx, run)),
        limitUntil: run.state === "rate_limited" ? await readLimit(tx, run, now) : null,
        lastWords: await readLastWords(tx, run),
        holds: await readHolds(tx, run),
        modelCall: await readModelCall(tx, run),
        credentialChangedAt: await readCredentialChange(tx, run),
        questions: await readQuestions(tx, run),
        peers: await readAnswers(tx, run),
        awaySince: run.state === "running" ? await readAway(tx, run) : null,
        night: run.state === "running" ? await readNight(tx, now) : null,
      })),
  };
}

/** The run, and the budget that it draws on, which may be that of the run that has caused it. */
async function readRun(
  tx: JobsTransaction,
  run: RunRow,
  now: Date,
): Promise<Pick<RunSnapshot, "run" | "spentDollars">> {
  const family = run.state === "running" ? await readFamilyBudget(tx, run.id) : null;
  const picture = runOf(run, now);
  if (family === null) return { run: picture, spentDollars: null };
  const { holder, limit, used, promised } = family;
  const budget = { ...picture.budget, dollars: limit, holder, promised };
  return { run: { ...picture, budget }, spentDollars: used };
}

function runOf(run: RunRow, now: Date): RunSnapshot["run"] {
  return {
    id: run.id,
    state: run.state,
    epoch: run.epoch,
    resumeAt: run.resumeAt,
    dueAt: run.dueAt,
    workedMs: workedMs(run, now),
    timeoutMs: run.timeoutMs,
    workSince: run.workSince,
    needsAlways: run.needsAlways,
    anyTime: run.anyTime,
    expects: run.expects,
    budget: { dollars: run.budgetDollars, workMs: run.budgetWorkMs },
  };
}

/** What was said to the agent and what came of it: its turns, its progress, its claim. */
async function readTurns(
  tx: JobsTransaction,
  run: RunRow,
): Promise<
  Pick<
    RunSnapshot,
    "prompts" | "last" | "sessionEnded" | "claim" | "stall" | "progressAt" | "toolSince" | "handOver"
  >
> {
  const prompts = await readPrompts(tx, run);
  return {
    prompts,
    ...(await readLast(tx, run)),
    claim: claimOf(run, prompts),
    ...(await readProgress(tx, run, prompts)),
  };
}

/** With whom it may go on, and what they are to be told. */
async function readSecond(
  tx: JobsTransaction,
  run: RunRow,
): Promise<Pick<RunSnapshot, "fallback"> & Partial<Pick<RunSnapshot, "handOver">>> {
  const fallback = await readFallback(tx, run);
  return fallback === null ? { fallback } : { fallback, handOver: await readHandOver(tx, run) };
}

/** Stale is what it said before it was last told something. */
function claimOf(run: RunRow, prompts: RunSnapshot["prompts"]): RunSnapshot["claim"] {
  const said = claim.safeParse(run.claim);
  if (!said.success || run.claimedAt === null) return null;
  const told = prompts.at(-1)?.at ?? new Date(0);
  return { ...said.data, isFresh: run.claimedAt >= told };
}

async function readNeeds(tx: JobsTransaction, { id, state }: RunRow): Promise<RunSnapshot["needs"]> {
  if (state !== "blocked" && state !== "scheduled") return [];
  return await tx.$queryRaw<RunSnapshot["needs"]>`SELECT r.id, r.state, j.title FROM jobs.needs n
    JOIN jobs.runs r ON r.id = n.needed_run_id JOIN jobs.jobs j ON j.id = r.job_id WHERE n.run_id = ${id} ORDER BY r.id`;
}

async function readPrompts(tx: JobsTransaction, { id }: RunRow): Promise<RunSnapshot["prompts"]> {
  return await tx.$queryRaw<
    RunSnapshot["prompts"]
  >`SELECT p.id, p.sent_at IS NOT NULL AS sent, p.created_at AS at, EXISTS (SELECT FROM jobs.events e
    WHERE e.run_id = p.run_id AND e.body ->> 'kind' = 'prompt' AND e.body ->> 'prompt' = p.id) AS begun
    FROM jobs.prompts p WHERE p.run_id = ${id} ORDER BY p.number`;
}

async function readLast(
  tx: JobsTransaction,
  { id }: RunRow,
): Promise<Pick<RunSnapshot, "last" | "sessionEnded">> {
  const [turn] = await tx.$queryRaw<EventRow[]>`SELECT seq, at, body FROM jobs.events WHERE run_id = ${id}
    AND body ->> 'kind' IN ('prompt', 'turn.ended', 'turn.failed') ORDER BY seq DESC LIMIT 1`;
  const [session] = await tx.$queryRaw<EventRow[]>`SELECT seq, at, body FROM jobs.events WHERE run_id = ${id}
    AND body ->> 'kind' = 'session.ended' AND seq > ${turn?.seq ?? 0} ORDER BY seq DESC LIMIT 1`;
  const ended = session === undefined ? null : runEventBody.parse(session.body);
  return {
    last: turn === undefined ? null : turnEvent(turn),
    sessionEnded: ended?.kind === "session.ended" ? { error: ended.error } : null,
  };
}

interface EventRow {
  seq: number;
  at: Date;
  body: unknown;
}

function turnEvent({ at, body }: EventRow): RunSnapshot["last"] {
  const parsed = runEventBody.parse(body);
  switch (parsed.kind) {
    case "prompt":
    case "turn.ended":
    case "turn.failed":
      return { at, body: parsed };
    default:
      return null;
  }
}

async function readLastWords(tx: JobsTransaction, { id }: RunRow): Promise<string> {
  const [row] = await tx.$queryRaw<
    { text: string }[]
  >`SELECT body ->> 'text' AS text FROM jobs.events WHERE run_id = ${id}
    AND body ->> 'kind' = 'agent.message' ORDER BY seq DESC LIMIT 1`;
  return row?.text ?? "";
}

async function readHolds(tx: JobsTransaction, { id, workstation }: RunRow): Promise<HoldSeen[]> {
  // The run is a hint of the workstation's, so it counts within that workstation only.
  const rows = await tx.gateHoldView.findMany({
    where: { runId: id, workstationId: workstation },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
  });
  const names = await readNames(
    tx,
    rows.flatMap(({ decidedBy }) => decidedBy ?? []),
  );
  return rows.map((row) => {
    const card = titled.safeParse(row.card);
    return {
      id: row.id,
      kind: row.kind ?? "",
      state: row.state as HoldState,
      title: card.success ? card.data.title : "",
      words: row.words,
      decidedBy: row.decidedBy === null ? null : (names.get(row.decidedBy) ?? null),
    };
  });
}

async function readNames(tx: JobsTransaction, persons: string[]): Promise<Map<string, string>> {
  if (persons.length === 0) return new Map();
  const rows = await tx.controlMembers.findMany({
    where: { personId: { in: persons } },
    select: { personId: true, name: true },
  });
  return new Map(rows.map(({ personId, name }) => [personId, name]));
}

async function readModelCall(
  tx: JobsTransaction,
  { id, workstation, state }: RunRow,
): Promise<RunSnapshot["modelCall"]> {
  if (state !== "running") return null;
  const row = await tx.gateModelCallView.findFirst({
    where: { runId: id, workstationId: workstation },
    orderBy: { id: "desc" },
  });
  if (row === null) return null;
  const { status, retryAfterSeconds, createdAt: at } = row;
  const resetAt = row.resetAt ?? (await readReset(tx, row));
  return { status, retryAfterSeconds, resetAt, at, overBudget: row.overBudget ?? false };
}

/** What the same provider has said to another run of late: it is the organization's limit. */
async function readReset(
  tx: JobsTransaction,
  {
    resourceId,
    status,
    createdAt,
  }: { resourceId: string | null; status: number | null; createdAt: Date | null },
): Promise<Date | null> {
  if (status !== 429 || resourceId === null || createdAt === null) return null;
  const row = await tx.gateModelCallView.findFirst({
    where: { resourceId, status, resetAt: { gt: createdAt } },
    orderBy: { id: "desc" },
    select: { resetAt: true },
  });
  return row?.resetAt ?? null;
}

/** What its provider has said last, to whomever: a limit, or that there is none any more. */
async function readLimit(
  tx: JobsTransaction,
  { id, workstation }: RunRow,
  now: Date,
): Promise<RunSnapshot["limitUntil"]> {
  const [said] = await tx.$queryRaw<{ reset_at: Date | null }[]>`
    SELECT CASE WHEN status = 429 THEN reset_at END AS reset_at FROM gate.model_call_view
    WHERE resource_id = (SELECT resource_id FROM gate.model_call_view WHERE run_id = ${id} AND workstation_id = ${workstation}
      ORDER BY id DESC LIMIT 1) AND ((status = 429 AND reset_at IS NOT NULL) OR status < 300) ORDER BY id DESC LIMIT 1`;
  const until = said?.reset_at ?? null;
  return until !== null && until > now ? until : null;
}

async function readAway(tx: JobsTransaction, { workstation }: RunRow): Promise<Date | null> {
  const row = await tx.jobsWorkstations.findFirst({
    where: { workstationId: workstation, connected: false },
    select: { updatedAt: true },
  });
  return row?.updatedAt ?? null;
}

async function readCredentialChange(tx: JobsTransaction, run: RunRow): Promise<Date | null> {
  if (run.state !== "needs_auth") return null;
  const row = await tx.gateHoldView.findFirst({
    where: { kind: { in: ["secret.write", "policy.change"] }, state: "released" },
    orderBy: { endedAt: "desc" },
  });
  return row?.endedAt ?? null;
}
