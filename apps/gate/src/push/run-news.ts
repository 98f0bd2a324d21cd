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
  const { person, byAgent } = await makerOf(tx, run.jobId);
  const news = isNewsOf(state, byAgent);
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

/** An agent that had it done by another one reads the result; the person hears of the agent's own end. */
function isNewsOf(state: RunState, byAgent: boolean): boolean {
  return isNews(state) && !(byAgent && state === "succeeded");
}

async function makerOf(tx: GateTransaction, job: string): Promise<{ person: string; byAgent: boolean }> {
  const row = await tx.jobsJobs.findUnique({
    where: { id: job },
    select: { createdBy: true, parentRunId: true },
  });
  return { person: row?.createdBy ?? "", byAgent: row !== null && row.parentRunId !== null };
}

interface Told {
  state: string;
  turn: number;
}

/** Something was told that a device may still show: what follows settles it. */
function isOpen(told: Told | undefined): boolean {
  return told !== undefined && isRunState(told.state) && isNews(told.state);
}
