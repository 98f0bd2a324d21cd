/** The runner as a whole, over a database and a folder of sockets: made here so that tests start the very same thing as main.ts. */
import type { JobsDatabase } from "@nightgate/db/jobs";
import { listenChanges } from "@nightgate/db/listen-changes";
import type { Clock } from "@nightgate/shared/clock";
import { noFaults } from "@nightgate/shared/fault-points";
import type { Logger } from "pino";
import { BUILTINS } from "./chains/builtins-here.ts";
import { type ChainKeeper, createChainKeeper } from "./chains/keeper.ts";
import { createWorks } from "./chains/works.ts";
import type { RunnerFaults } from "./fault-points.ts";
import { LIMITS } from "./limits.ts";
import { createCourier } from "./peers/courier.ts";
import { Attention, type AttentionOptions } from "./runs/attention.ts";
import { createConductor } from "./runs/conductor.ts";
import { Dispatcher } from "./runs/dispatcher.ts";
import { Follower } from "./runs/follower.ts";
import { createInbox } from "./runs/inbox.ts";
import { createInterrupt } from "./runs/interrupt.ts";
import { createKeyedQueue } from "./runs/keyed-queue.ts";
import { Ticker } from "./runs/ticker.ts";
import { createClaims } from "./store/claims.ts";
import { createEventStore } from "./store/event-store.ts";
import { createInboxStore } from "./store/inbox-store.ts";
import { createRunStore } from "./store/run-store.ts";
import { createScheduleStore } from "./store/schedule-store.ts";
import { createSnapshots } from "./store/snapshots.ts";
import { createWorkstationStore } from "./store/workstation-store.ts";
import { createCallStore } from "./verbs/call-store.ts";
import { VerbDesk } from "./verbs/verb-desk.ts";
import { AgentdLink } from "./workstations/agentd-link.ts";
import { createSocketListeners } from "./workstations/socket-listeners.ts";
import { SocketWatch } from "./workstations/socket-watch.ts";

export interface RunnerOptions {
  db: JobsDatabase;
  databaseUrl: string;
  /** `<home>/runner/sockets` */
  socketFolder: string;
  clock: Clock;
  log: Logger;
  /** None unless given. */
  faults?: RunnerFaults;
}

export interface Runner {
  stop(): Promise<void>;
}

/** Starts the runner. Resolves when it listens for every workstation there is. */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const stopping = new AbortController();
  const { attention, workstations, listeners, dispatcher, queue } = compose(options, stopping.signal);
  await workstations.disconnectAll();
  await attention.keepSockets();
  const changes = listenChanges(options.databaseUrl, {
    onChange: (change) => void attention.react(change),
    onConnected: () => void attention.sweep(),
  });
  const sweeping = sweepUntil(attention, options.clock, stopping.signal);
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

type Parts = Pick<AttentionOptions, "workstations" | "listeners" | "dispatcher" | "queue"> & {
  attention: Attention;
};

function compose(
  { db, socketFolder, clock, log, faults = noFaults }: RunnerOptions,
  signal: AbortSignal,
): Parts {
  const queue = createKeyedQueue();
  const runs = createRunStore(db);
  const workstations = createWorkstationStore(db);
  const linkOf = (workstation: string): AgentdLink | null => follower.linkOf(workstation);
  const wakeDispatcher = (organization: string): void => dispatcher.wake(organization);
  const runEnded = (organization: string, run: string): void => void chains.ended(organization, run);
  const works = createWorks(db, BUILTINS);
  const asked = {
    runs,
    snapshots: createSnapshots(db),
    linkOf,
    queue,
    clock,
    log,
    faults,
    works,
    runEnded,
    wakeDispatcher,
    signal,
  };
  const conductor = createConductor(asked);
  const { look } = conductor;
  const chains: ChainKeeper = createChainKeeper({ db, queue, look, clock, log, signal });
  const claims = createClaims(db);
  const connected = (organization: string): string[] => follower.connected(organization);
  const dispatcher: Dispatcher = new Dispatcher({ claims, connected, look, clock, log, faults, signal });
  const events = createEventStore(db);
  const interrupt = createInterrupt({ runs, linkOf });
  const verbs = new VerbDesk({ store: createCallStore(db), look, interrupt, clock, log, signal });
  const followed = { runs, events, workstations, look, wakeDispatcher, verbs, log, faults };
  const follower: Follower = new Follower(followed);
  const inbox = createInbox({ store: createInboxStore(db), look, interrupt, verbs, clock, log });
  const ticker = new Ticker({ schedules: createScheduleStore(db), look, clock, log, signal });
  const listeners = createSocketListeners(
    socketFolder,
    (socket, who) => void new AgentdLink(socket, who, follower, clock),
  );
  const shared = {
    runs,
    workstations,
    dispatcher,
    ticker,
    chains,
    courier: createCourier(db),
    inbox,
    verbs,
    listeners,
    sockets: new SocketWatch(listeners, workstations, clock),
    recordAgain: async (): Promise<void> => await follower.recordAgain(),
    queue,
    clock,
    log,
    signal,
  };
  return { attention: new Attention({ ...shared, conductor }), workstations, listeners, dispatcher, queue };
}

async function sweepUntil(attention: Attention, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Being told to stop ends the pause early.
    await clock.wait(LIMITS.sweepMs, signal).catch(String);
    await attention.sweep();
  }
}
