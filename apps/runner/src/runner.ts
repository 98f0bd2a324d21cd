/** The runner as a whole, over a database and a folder of sockets: made here so that tests start the very same thing as main.ts. */
import type { JobsDatabase } from "@nightgate/db/jobs";
import { listenChanges } from "@nightgate/db/listen-changes";
import type { Change } from "@nightgate/shared/changes";
import type { Clock } from "@nightgate/shared/clock";
import type { Logger } from "pino";
import { LIMITS } from "./limits.ts";
import { createConductor } from "./runs/conductor.ts";
import { createFollower } from "./runs/follower.ts";
import { createInbox } from "./runs/inbox.ts";
import { createKeyedQueue } from "./runs/keyed-queue.ts";
import { createEventStore } from "./store/event-store.ts";
import { createInboxStore } from "./store/inbox-store.ts";
import { createRunStore } from "./store/run-store.ts";
import { createSnapshots } from "./store/snapshots.ts";
import { createWorkstationStore } from "./store/workstation-store.ts";
import { createAgentdLink } from "./workstations/agentd-link.ts";
import { createSocketListeners } from "./workstations/socket-listeners.ts";

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
export async function startRunner({
  db,
  databaseUrl,
  socketFolder,
  clock,
  log,
}: RunnerOptions): Promise<Runner> {
  const stopping = new AbortController();
  const queue = createKeyedQueue();
  const runs = createRunStore(db);
  const workstations = createWorkstationStore(db);
  const conductor = createConductor({
    runs,
    snapshots: createSnapshots(db),
    linkOf: (workstation) => follower.linkOf(workstation),
    queue,
    clock,
    log,
    signal: stopping.signal,
  });
  const follower = createFollower({
    runs,
    events: createEventStore(db),
    workstations,
    look: conductor.look,
    log,
  });
  const inbox = createInbox({
    store: createInboxStore(db),
    runs,
    look: conductor.look,
    linkOf: follower.linkOf,
    log,
  });
  const listeners = createSocketListeners(socketFolder, (socket, who) =>
    createAgentdLink(socket, who, follower.handlers, clock),
  );

  const careful = async (what: string, work: () => Promise<void>): Promise<void> => {
    if (stopping.signal.aborted) return;
    await work().catch((error: unknown) => log.warn({ error }, `${what} failed. It is tried again.`));
  };
  const keepSockets = async (): Promise<void> =>
    await queue.add(
      "sockets",
      async () =>
        await careful(
          "Listening for workstations",
          async () => await listeners.keep(await workstations.all()),
        ),
    );
  const emptyInbox = async (organization: string): Promise<void> =>
    await queue.add(
      `inbox ${organization}`,
      async () => await careful("The inbox", async () => await inbox.empty(organization)),
    );
  const lookAtOpen = async (organization: string): Promise<void> => {
    // Side by side: a workstation that answers slowly keeps nobody else waiting.
    for (const { id } of await runs.open(organization)) void conductor.look(organization, id);
  };
  const sweep = async (): Promise<void> => {
    await keepSockets();
    for (const organization of await workstations.organizations()) {
      await emptyInbox(organization);
      await lookAtOpen(organization);
    }
  };
  const react = async ({ table, organization, id }: Change): Promise<void> => {
    if (table === "control.workstations" || table === "control.organization_directory")
      return await keepSockets();
    if (organization === null) return;
    if (table === "jobs.inbox") return await emptyInbox(organization);
    if (table === "jobs.runs") return await conductor.look(organization, id);
    // Whose hold it is, and what else waits for it, is read when each run is looked at.
    if (table === "gate.holds") return await lookAtOpen(organization);
  };

  await workstations.disconnectAll();
  await keepSockets();
  const changes = listenChanges(databaseUrl, {
    onChange: (change) => void careful("Reacting to a change", async () => await react(change)),
    onConnected: () => void careful("Looking at everything", sweep),
  });
  const sweeping = (async () => {
    while (!stopping.signal.aborted) {
      await clock.wait(LIMITS.sweepMs, stopping.signal).catch(String);
      await careful("Looking at everything", sweep);
    }
  })();

  return {
    stop: async () => {
      stopping.abort();
      await changes.stop();
      await sweeping;
      await listeners.stop();
      await queue.idle();
    },
  };
}
