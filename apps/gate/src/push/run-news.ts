/**
 * Follows the runner's runs and tells their person and the organization's admins what became of them. The runner's row is good enough for
 * that and for nothing else: whoever writes it can make a phone ring with one of the gate's own sentences, and no more.
 */
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import type { Change } from "@nightgate/shared/changes";
import type { Clock } from "@nightgate/shared/clock";
import { jobId } from "@nightgate/shared/ids";
import type { RunState } from "@nightgate/shared/run-states";
import { PUSH_LIMITS } from "./limits.ts";
import type { Outbox, Queued } from "./outbox.ts";
import { isNews, isRunState } from "./run-message.ts";
import type { Subscriptions } from "./subscriptions.ts";

export interface RunNewsDeps {
  db: GateDatabase;
  outbox: Outbox;
  subscriptions: Subscriptions;
  send(messages: readonly Queued[]): void;
  /** Channels are told of the same. */
  alsoTell(organization: string, run: string, moved: RunMoved): Promise<void>;
  clock: Clock;
  log: { error(fields: Record<string, unknown>, message: string): void };
}

export interface Changes {
  subscribe(listener: (change: Change) => void): () => void;
  onConnected(listener: () => void): () => void;
}

/** Returns what ends it. `organizations`: those that this gate knows. */
export function followRuns(
  deps: RunNewsDeps,
  changes: Changes,
  organizations: () => readonly string[],
): () => Promise<void> {
  let tail: Promise<void> = Promise.resolve();
  let stopped = false;
  const inTurn = (work: () => Promise<void>): void => {
    tail = tail
      .then(async () => (stopped ? undefined : await work()))
      .catch((error: unknown) =>
        deps.log.error(
          { error },
          "a run could not be told of; its next move, or a new connection, tries again",
        ),
      );
  };
  const all = async (): Promise<void> => {
    for (const organization of organizations())
      for (const run of await recent(deps, organization)) await look(deps, organization, run);
  };
  const stops = [
    changes.subscribe(({ table, organization, id }) => {
      if (table !== "jobs.runs" || organization === null || !organizations().includes(organization)) return;
      inTurn(async () => await look(deps, organization, id));
    }),
    changes.onConnected(() => inTurn(all)),
  ];
  inTurn(all);
  return async () => {
    stopped = true;
    for (const stop of stops) stop();
    await tail;
  };
}

/** Runs that may have moved while nobody listened. */
async function recent({ db, clock }: RunNewsDeps, organization: string): Promise<string[]> {
  const since = new Date(clock.now() - PUSH_LIMITS.missedNewsMsMax);
  return await db.asOrganization(organization, async (tx) => {
    const rows = await tx.jobsRuns.findMany({
      where: { OR: [{ endedAt: { gt: since } }, { endedAt: null, startedAt: { not: null } }] },
      select: { id: true },
      orderBy: { createdAt: "desc" },
      take: PUSH_LIMITS.resumedMax,
    });
    return rows.map((row) => row.id);
  });
}

async function look(deps: RunNewsDeps, organization: string, run: string): Promise<void> {
  const { db, outbox, subscriptions, clock } = deps;
  const moved = await db.asOrganization(
    organization,
    async (tx) => await move(tx, organization, run, new Date(clock.now())),
  );
  if (moved === null) return;
  await deps.alsoTell(organization, run, moved);
  const to = moved.news
    ? (await subscriptions.ofPersons(organization, moved.person)).map((device) => device.id)
    : // Withdrawn where it was told, and told nowhere else.
      await outbox.toldOfRun(organization, run);
  if (to.length === 0) return;
  const about = { kind: "run", run, state: moved.state, turn: moved.turn } as const;
  deps.send(await outbox.queue(organization, about, to));
}

/** What is told of a run: news, or that what was told is settled. */
export interface RunMoved {
  state: string;
  turn: number;
  news: boolean;
  person: string;
}

/** Writes down what is told of the run; null where there is nothing new. */
async function move(
  tx: GateTransaction,
  organization: string,
  id: string,
  at: Date,
): Promise<RunMoved | null> {
  const run = await tx.jobsRuns.findUnique({ where: { id } });
  if (run === null || !isRunState(run.state) || !jobId.safeParse(run.jobId).success) return null;
  const { state } = run;
  const [told] = await tx.$queryRaw<Told[]>`
    SELECT state, turn FROM gate.run_news WHERE run_id = ${id} FOR UPDATE`;
  if (told?.state === state) return null;
  const { person, ...maker } = await makerOf(tx, run);
  const news = isNewsOf(state, maker);
  if (!news && !isOpen(told)) {
    if (told !== undefined) await tx.gateRunNews.update({ where: { runId: id }, data: { state } });
    return null;
  }
  const turn = (told?.turn ?? 0) + 1;
  const next = { state, turn, toldAt: at };
  await tx.gateRunNews.upsert({
    where: { runId: id },
    create: { runId: id, organizationId: organization, ...next },
    update: next,
  });
  return { state, turn, news, person };
}

interface Maker {
  person: string;
  byAgent: boolean;
  byChain: boolean;
  /** Its result is delivered as a note. */
  delivered: boolean;
  /** It failed, and is tried again. */
  again: boolean;
}

/**
 * An agent that had it done by another one reads the result; the person hears of the agent's own end. What a worker of a chain has found is told
 * where its chain says so, and a job that delivers its result is told of by that. Of a failure is told when nothing is tried any more.
 */
function isNewsOf(state: RunState, { byAgent, byChain, delivered, again }: Omit<Maker, "person">): boolean {
  if (!isNews(state)) return false;
  return state === "succeeded" ? !byAgent && !byChain && !delivered : !again;
}

async function makerOf(
  tx: GateTransaction,
  { id, jobId: job, attempt }: { id: string; jobId: string; attempt: number },
): Promise<Maker> {
  const [row] = await tx.$queryRaw<MakerRow[]>`
    SELECT j.created_by, j.parent_run_id, cardinality(j.deliver) > 0 AS delivered,
      j.kind <> 'agent' OR EXISTS (SELECT FROM jobs.runs r WHERE r.job_id = j.id AND (
        EXISTS (SELECT FROM jobs.chain_jobs c WHERE c.run_id = r.id)
        OR EXISTS (SELECT FROM jobs.chain_jobs c WHERE c.triage_run_id = r.id))) AS by_chain,
      EXISTS (SELECT FROM jobs.runs r WHERE r.job_id = j.id AND r.attempt = ${attempt + 1}
        AND r.created_at >= (SELECT o.created_at FROM jobs.runs o WHERE o.id = ${id})) AS again
    FROM jobs.jobs j WHERE j.id = ${job}`;
  return {
    person: row?.created_by ?? "",
    byAgent: row !== undefined && row.parent_run_id !== null,
    byChain: row?.by_chain ?? false,
    delivered: row?.delivered ?? false,
    again: row?.again ?? false,
  };
}

interface MakerRow {
  created_by: string;
  parent_run_id: string | null;
  by_chain: boolean;
  delivered: boolean;
  again: boolean;
}

interface Told {
  state: string;
  turn: number;
}

/** Something was told that a device may still show: what follows settles it. */
function isOpen(told: Told | undefined): boolean {
  return told !== undefined && isRunState(told.state) && isNews(told.state);
}
