/** The runner as a whole, over a database and a folder of sockets: made here so that tests start the very same thing as main.ts. */
import type { JobsDatabase } from "@nightgate/db/jobs";
import { listenChanges } from "@nightgate/db/listen-changes";
import type { Change } from "@nightgate/shared/changes";
import type { Clock } from "@nightgate/shared/clock";
import type { Logger } from "pino";
import { LIMITS } from "./limits.ts";
import { type Conductor, createConductor } from "./runs/conductor.ts";
import { Dispatcher } from "./runs/dispatcher.ts";
import { Follower } from "./runs/follower.ts";
import { createInbox, type Inbox } from "./runs/inbox.ts";
import { createKeyedQueue, type KeyedQueue } from "./runs/keyed-queue.ts";
import { Ticker } from "./runs/ticker.ts";
import { createClaims } from "./store/claims.ts";
import { createEventStore } from "./store/event-store.ts";
import { createInboxStore } from "./store/inbox-store.ts";
import { createRunStore, type RunStore } from "./store/run-store.ts";
import { createScheduleStore } from "./store/schedule-store.ts";
import { createSnapshots } from "./store/snapshots.ts";
import { createWorkstationStore, type WorkstationStore } from "./store/workstation-store.ts";
import { AgentdLink } from "./workstations/agentd-link.ts";
import { createSocketListeners, type SocketListeners } from "./workstations/socket-listeners.ts";

export interface RunnerOptions {
  db: JobsDatabase;
  databaseUrl: string;
  /** `<home>/runner/sockets` */
  socketFolder: string;
  clock: Clock;
  log: Logger;
}

export interface Runner {
  stop(): Promise<void>;
}

/** Starts the runner. Resolves when it listens for every workstation there is. */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const { db, databaseUrl, socketFolder, clock, log } = options;
  const stopping = new AbortController();
  const queue = createKeyedQueue();
  const runs = createRunStore(db);
  const workstations = createWorkstationStore(db);
  const linkOf = (workstation: string): AgentdLink | null => follower.linkOf(workstation);
  const conductor = createConductor({
    runs,
    snapshots: createSnapshots(db),
    linkOf,
    queue,
    clock,
    log,
    wakeDispatcher: (organization) => dispatcher.wake(organization),
    signal: stopping.signal,
  });
  const { look } = conductor;
  const dispatcher: Dispatcher = new Dispatcher({
    claims: createClaims(db),
    connected: (organization) => follower.connected(organization),
    look,
    log,
    signal: stopping.signal,
  });
  const follower = new Follower({
    runs,
    events: createEventStore(db),
    workstations,
    look,
    wakeDispatcher: (organization) => dispatcher.wake(organization),
    log,
  });
  const inbox = createInbox({ store: createInboxStore(db), runs, look, linkOf, clock, log });
  const ticker = new Ticker({
    schedules: createScheduleStore(db),
    look,
    clock,
    log,
    signal: stopping.signal,
  });
  const listeners = createSocketListeners(
    socketFolder,
    (socket, who) => void new AgentdLink(socket, who, follower, clock),
  );
  const attention = new Attention({
    runs,
    workstations,
    conductor,
    dispatcher,
    ticker,
    inbox,
    listeners,
    queue,
    clock,
    log,
    signal: stopping.signal,
  });

  await workstations.disconnectAll();
  await attention.keepSockets();
  const changes = listenChanges(databaseUrl, {
    onChange: (change) => void attention.react(change),
    onConnected: () => void attention.sweep(),
  });
  const sweeping = sweepUntil(attention, clock, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await changes.stop();
      await sweeping;
      await listeners.stop();
      await dispatcher.idle();
      await queue.idle();
    },
  };
}

async function sweepUntil(attention: Attention, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Being told to stop ends the pause early.
    await clock.wait(LIMITS.sweepMs, signal).catch(String);
    await attention.sweep();
  }
}

interface AttentionOptions {
  runs: RunStore;
  workstations: WorkstationStore;
  conductor: Conductor;
  dispatcher: Dispatcher;
  ticker: Ticker;
  inbox: Inbox;
  listeners: SocketListeners;
  queue: KeyedQueue;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

/** Turns announcements, and the clock, into looks at what they may concern. An announcement that was missed is found by the sweep. */
class Attention {
  readonly #options: AttentionOptions;

  constructor(options: AttentionOptions) {
    this.#options = options;
  }

  async keepSockets(): Promise<void> {
    const { queue, listeners, workstations } = this.#options;
    const keep = async (): Promise<void> => await listeners.keep(await workstations.all());
    await queue.add("sockets", async () => await this.#carefully("Listening for workstations", keep));
  }

  async sweep(): Promise<void> {
    await this.keepSockets();
    await this.#carefully("Looking at everything", async () => {
      for (const organization of await this.#options.workstations.organizations()) {
        await this.#emptyInbox(organization);
        await this.#lookAtOpen(organization);
        await this.#lookAtRipe(organization);
        this.#options.dispatcher.wake(organization);
        await this.#options.ticker.attend(organization);
      }
    });
  }

  async react({ table, organization, id }: Change): Promise<void> {
    if (table === "control.workstations" || table === "control.organization_directory")
      return await this.keepSockets();
    if (organization === null) return;
    if (table === "jobs.inbox") return await this.#emptyInbox(organization);
    if (table === "jobs.schedules") return await this.#options.ticker.attend(organization);
    if (table === "jobs.locks") return this.#options.dispatcher.wake(organization);
    if (table === "jobs.runs") return await this.#options.conductor.look(organization, id);
    // Whose hold it is, and what else waits for it, is read when each run is looked at.
    if (table === "gate.holds")
      await this.#carefully("Looking at runs", async () => await this.#lookAtOpen(organization));
  }

  async #emptyInbox(organization: string): Promise<void> {
    const { queue, inbox } = this.#options;
    const empty = async (): Promise<void> => await inbox.empty(organization);
    await queue.add(`inbox ${organization}`, async () => await this.#carefully("The inbox", empty));
  }

  async #lookAtOpen(organization: string): Promise<void> {
    const { runs, conductor } = this.#options;
    // Side by side: a workstation that answers slowly keeps nobody else waiting.
    for (const { id } of await runs.open(organization)) void conductor.look(organization, id);
  }

  async #lookAtRipe(organization: string): Promise<void> {
    const { runs, conductor, clock } = this.#options;
    for (const { id } of await runs.ripe(organization, new Date(clock.now())))
      void conductor.look(organization, id);
  }

  async #carefully(what: string, work: () => Promise<void>): Promise<void> {
    const { log, signal } = this.#options;
    if (signal.aborted) return;
    await work().catch((error: unknown) => log.warn({ err: error }, `${what} failed. It is tried again.`));
  }
}
