/** Runs in Postgres: every move is a compare-and-set on state and epoch, with the prompts that it brings in the same transaction. */
import type { JobsDatabase, JobsTransaction } from "@nightgate/db/jobs";
import { AT_WORK, NOT_BEGUN, RUN_MOVES, type RunState } from "@nightgate/shared/run-states";
import type { TestCounts } from "@nightgate/shared/verbs/human-verbs";
import type { Along, Expects } from "../core/snapshot.ts";
import { isFresh } from "../core/words.ts";
import { LIMITS } from "../limits.ts";
import { runEnded } from "../peers/run-ended.ts";
import { messageSent } from "../peers/stages.ts";
import { bringAlong, closeLate, closeQuestions } from "./along.ts";
import { scheduleRetry } from "./retries.ts";
import type { RunMoveWish, RunRow } from "./run-row.ts";
import { countSuccess } from "./successes.ts";

export interface UnsentPrompt {
  id: string;
  text: string;
}

export interface RunStore {
  find(organization: string, run: string): Promise<RunRow | null>;
  findAll(organization: string, ids: readonly string[]): Promise<RunRow[]>;
  /** Runs that have begun and not ended, oldest first. */
  open(organization: string): Promise<RunRow[]>;
  /** Whether anything goes on in the organization, waits to be taken, or is due. */
  stirs(organization: string, now: Date): Promise<boolean>;
  /** Runs that have not begun, and of which something may have to be decided: due, or with all that they need ended. */
  ripe(organization: string, now: Date): Promise<RunRow[]>;
  /** Runs that wait for this one. */
  dependants(run: RunRow): Promise<string[]>;
  /** Moves the run if it is still as `from` says. Answers whether it did. */
  move(from: RunRow, wish: RunMoveWish): Promise<boolean>;
  /** Writes what goes along with a decision that moves nothing. Answers whether it did: a question may have been answered in the meantime. */
  tell(run: RunRow, along: Along & { resumeAt?: Date }): Promise<boolean>;
  unsent(run: RunRow): Promise<UnsentPrompt[]>;
  markSent(run: RunRow, prompt: string): Promise<void>;
  repository(run: RunRow): Promise<{ id: string; url: string } | null>;
}

const TERMINAL: ReadonlySet<RunState> = new Set(
  (Object.keys(RUN_MOVES) as RunState[]).filter((state) => RUN_MOVES[state].length === 0),
);

/** True when nothing can happen to the run any more. */
export function isTerminal(state: RunState): boolean {
  return TERMINAL.has(state);
}

/** The store over the runner's own schema. */
export function createRunStore(db: JobsDatabase): RunStore {
  return {
    find: async (organization, run) =>
      await db.asOrganization(organization, async (tx) => await findRun(tx, run)),
    findAll: async (organization, ids) =>
      await db.asOrganization(organization, async (tx) =>
        (await tx.jobsRuns.findMany({ where: { id: { in: [...ids] } } })).map(runRow),
      ),
    open: async (organization) =>
      await db.asOrganization(organization, async (tx) =>
        (
          await tx.jobsRuns.findMany({
            where: { endedAt: null, state: { notIn: [...NOT_BEGUN] } },
            orderBy: [{ createdAt: "asc" }, { id: "asc" }],
          })
        ).map(runRow),
      ),
    stirs: async (organization, now) =>
      await db.asOrganization(organization, async (tx) => {
        const [row] = await tx.$queryRaw<{ stirs: boolean }[]>`
          SELECT EXISTS (SELECT FROM jobs.inbox WHERE handled_at IS NULL)
            OR EXISTS (SELECT FROM jobs.runs WHERE ended_at IS NULL)
            OR EXISTS (SELECT FROM jobs.chain_runs WHERE ended_at IS NULL)
            OR EXISTS (SELECT FROM jobs.messages WHERE closed_at IS NULL)
            OR EXISTS (SELECT FROM jobs.schedules WHERE next_at <= ${now} AND NOT paused AND deleted_at IS NULL) AS stirs`;
        return row?.stirs ?? true;
      }),
    ripe: async (organization, now) =>
      await db.asOrganization(organization, async (tx) => {
        const rows = await tx.$queryRaw<{ id: string }[]>`
          SELECT id FROM jobs.runs r WHERE (state = 'scheduled' AND due_at <= ${now}) OR (state = 'blocked' AND NOT EXISTS
            (SELECT FROM jobs.needs n JOIN jobs.runs u ON u.id = n.needed_run_id WHERE n.run_id = r.id AND u.ended_at IS NULL))
          ORDER BY created_at LIMIT ${LIMITS.ripeRunsBatch}`;
        return (await tx.jobsRuns.findMany({ where: { id: { in: rows.map(({ id }) => id) } } })).map(runRow);
      }),
    dependants: async (run) =>
      await db.asOrganization(run.organization, async (tx) =>
        (await tx.jobsNeeds.findMany({ where: { neededRunId: run.id }, select: { runId: true } })).map(
          ({ runId }) => runId,
        ),
      ),
    move: async (from, wish) =>
      await db.asOrganization(from.organization, async (tx) => await moveRun(tx, from, wish)),
    tell: async (run, along) =>
      await db.asOrganization(run.organization, async (tx) => {
        if (along.resumeAt !== undefined)
          await tx.jobsRuns.updateMany({
            where: { id: run.id, state: run.state, epoch: run.epoch },
            data: { resumeAt: along.resumeAt },
          });
        return await bringAlong(tx, run, along);
      }),
    unsent: async (run) =>
      await db.asOrganization(run.organization, async (tx) => {
        const rows = await tx.jobsPrompts.findMany({
          where: { runId: run.id, sentAt: null },
          orderBy: { number: "asc" },
        });
        // What begins a session of its own goes before what is said in it.
        return rows
          .map(({ id, text }) => ({ id, text }))
          .toSorted((one, other) => Number(isFresh(other.id)) - Number(isFresh(one.id)));
      }),
    markSent: async (run, prompt) =>
      await db.asOrganization(run.organization, async (tx) => {
        const now = new Date();
        const { count } = await tx.jobsPrompts.updateMany({
          where: { id: prompt, sentAt: null },
          data: { sentAt: now },
        });
        if (count === 1) await messageSent(tx, prompt, now);
      }),
    repository: async (run) =>
      await db.asOrganization(run.organization, async (tx) => {
        const job = await tx.jobsJobs.findUnique({ where: { id: run.job } });
        return job?.repositoryId == null || job.repositoryUrl === null
          ? null
          : { id: job.repositoryId, url: job.repositoryUrl };
      }),
  };
}

/** The run, if the transaction may see it. */
export async function findRun(tx: JobsTransaction, run: string): Promise<RunRow | null> {
  const row = await tx.jobsRuns.findUnique({ where: { id: run } });
  return row === null ? null : runRow(row);
}

/** The same move inside a transaction that does more. */
export async function moveRun(tx: JobsTransaction, from: RunRow, wish: RunMoveWish): Promise<boolean> {
  if (!(RUN_MOVES[from.state] as readonly RunState[]).includes(wish.to)) return false;
  const now = new Date();
  if (!(await closeLate(tx, from, wish.expired ?? []))) return false;
  const { count } = await tx.jobsRuns.updateMany({
    where: { id: from.id, state: from.state, epoch: from.epoch },
    data: {
      state: wish.to,
      epoch: from.epoch + 1,
      ...movedTimes(from, wish, now),
      ...movedWords(wish),
      ...movedAgent(from, wish, now),
    },
  });
  if (count !== 1) return false;
  if (wish.resend) {
    // What was said only because it stood still is not said to whoever takes it up.
    await tx.$executeRaw`UPDATE jobs.prompts SET sent_at = coalesce(sent_at, now()) WHERE run_id = ${from.id} AND id LIKE 'stall-nudge-%'`;
    await tx.$executeRaw`UPDATE jobs.prompts p SET sent_at = NULL WHERE p.run_id = ${from.id} AND p.id NOT LIKE 'stall-nudge-%' AND NOT EXISTS
      (SELECT FROM jobs.events e WHERE e.run_id = p.run_id AND e.body ->> 'kind' = 'prompt' AND e.body ->> 'prompt' = p.id)`;
  }
  await bringAlong(tx, from, { ...wish, expired: [] });
  if (isTerminal(wish.to)) await closeQuestions(tx, from.id, "run-ended");
  if (wish.to === "failed" || wish.to === "timed_out") await scheduleRetry(tx, from, now);
  if (wish.to === "succeeded") await countSuccess(tx, from);
  if (isTerminal(wish.to)) await runEnded(tx, from, wish, now);
  return true;
}

function movedTimes(from: RunRow, wish: RunMoveWish, now: Date): Record<string, Date | bigint | null> {
  return {
    resumeAt: wish.resumeAt ?? null,
    ...workClock(from, wish.to, now),
    ...(wish.to === "queued" && { queuedAt: now }),
    ...(wish.to === "running" && from.startedAt === null && { startedAt: now }),
    ...(isTerminal(wish.to) && { endedAt: now }),
  };
}

/** Another provider takes it over, and gives it back at its end: the job's next run goes on where its own agent was. */
function movedAgent(
  { agent, session, firstSession }: RunRow,
  { to, fallback }: RunMoveWish,
  now: Date,
): {
  agent?: string;
  session?: string | null;
  firstSession?: string | null;
  secondModelId?: string | null;
  fellBackAt?: Date;
} {
  if (fallback === undefined) return isTerminal(to) && firstSession !== null ? { session: firstSession } : {};
  return {
    agent: fallback.agent,
    session: null,
    firstSession: fallback.agent === agent ? null : session,
    secondModelId: fallback.model?.id ?? null,
    fellBackAt: now,
  };
}

function movedWords({ to, result, tests, error }: RunMoveWish): {
  result?: string;
  tests?: TestCounts;
  error?: string;
} {
  return {
    ...(tests !== undefined && { tests }),
    ...(result !== undefined && { result: result.slice(0, LIMITS.resultCharactersMax) }),
    ...(error !== undefined && { error: error.slice(0, LIMITS.resultCharactersMax) }),
    // What went wrong before does not stand over a run that goes on.
    ...(error === undefined && !isTerminal(to) && { error: "" }),
  };
}

/** A run's clock goes while it is at work, and stands still while a person, a provider or a lock is awaited. */
function workClock(from: RunRow, to: RunState, now: Date): { workSince?: Date | null; workedMs?: bigint } {
  const was = AT_WORK.includes(from.state);
  const is = AT_WORK.includes(to);
  if (was === is) return {};
  if (is) return { workSince: now };
  return { workSince: null, workedMs: BigInt(Math.max(0, Math.round(workedMs(from, now)))) };
}

/** How long the run has been at work in all. */
export function workedMs(run: Pick<RunRow, "workedMs" | "workSince">, now: Date): number {
  return run.workedMs + (run.workSince === null ? 0 : now.getTime() - run.workSince.getTime());
}

interface PrismaRun {
  organizationId: string;
  id: string;
  jobId: string;
  workstationId: string;
  agent: string;
  state: string;
  epoch: number;
  session: string | null;
  lastSeq: number;
  resumeAt: Date | null;
  startedAt: Date | null;
  dueAt: Date | null;
  attempt: number;
  timeoutSeconds: number;
  workedMs: bigint;
  workSince: Date | null;
  needsAlways: boolean;
  anyTime: boolean;
  expects: string | null;
  budgetDollars: number | null;
  budgetWorkSeconds: number | null;
  claim: unknown;
  claimedAt: Date | null;
  progressAt: Date | null;
  fellBackAt: Date | null;
  firstSession: string | null;
}

function runRow(row: PrismaRun): RunRow {
  return {
    organization: row.organizationId,
    id: row.id,
    job: row.jobId,
    workstation: row.workstationId,
    agent: row.agent,
    // The table's CHECK constraint has the same list.
    state: row.state as RunState,
    epoch: row.epoch,
    session: row.session,
    lastSeq: row.lastSeq,
    resumeAt: row.resumeAt,
    startedAt: row.startedAt,
    dueAt: row.dueAt,
    attempt: row.attempt,
    timeoutMs: row.timeoutSeconds * 1000,
    workedMs: Number(row.workedMs),
    workSince: row.workSince,
    needsAlways: row.needsAlways,
    anyTime: row.anyTime,
    // As above.
    expects: row.expects as Expects | null,
    budgetDollars: row.budgetDollars,
    budgetWorkMs: row.budgetWorkSeconds === null ? null : row.budgetWorkSeconds * 1000,
    claim: row.claim,
    claimedAt: row.claimedAt,
    progressAt: row.progressAt,
    fellBackAt: row.fellBackAt,
    firstSession: row.firstSession,
  };
}
