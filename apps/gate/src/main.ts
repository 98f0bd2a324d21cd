/** The gate: the only process with secrets and passkeys, and the only way out of a workstation. Everything is made here and handed down. */
import { once } from "node:events";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { waitForDatabase } from "@nightgate/db/wait-for-database";
import { systemClock } from "@nightgate/shared/clock";
import { pino } from "pino";
import { openChannels } from "./channels/channels.ts";
import { openBase, openCore } from "./compose-core.ts";
import { makeEdges, openSockets } from "./compose-edges.ts";
import type { Notifier } from "./core/ports.ts";
import { createRejectByWords } from "./core/reject-by-words.ts";
import { readGateSettings } from "./env.ts";
import { createFaults } from "./faults.ts";
import { createPages } from "./pages/app.ts";
import { keepViews } from "./pages/kept-views.ts";
import { PAGE_LIMITS } from "./pages/limits.ts";
import { openPush } from "./push/push.ts";
import { createChangesHub } from "./store/changes-hub.ts";
import { openGateTls } from "./tls/gate-tls.ts";

const settings = readGateSettings(process.env);
const log = pino(
  { name: "gate", serializers: { error: pino.stdSerializers.err } },
  pino.destination({ fd: 2, sync: true }),
);
const folder = join(settings.NIGHTGATE_HOME, "gate");
const faults =
  settings.NIGHTGATE_TEST === "1"
    ? createFaults(settings.NIGHTGATE_FAULT ?? null, join(folder, "fault-once"))
    : createFaults(null);
const stopping = new AbortController();

await waitForDatabase(settings.DATABASE_URL, () => log.warn("the database does not answer; waiting for it"));
const push = openPush(
  {
    folder,
    databaseUrl: settings.DATABASE_URL,
    origin: settings.NIGHTGATE_GATE_ORIGIN,
    allowedHosts: settings.NIGHTGATE_PUSH_ALLOWED_HOSTS ?? [],
  },
  { clock: systemClock, log },
);
const base = await openBase(
  {
    folder,
    databaseUrl: settings.DATABASE_URL,
    origin: settings.NIGHTGATE_GATE_ORIGIN,
    clientWaitMs: settings.NIGHTGATE_CLIENT_WAIT_MS ?? null,
    recoveryDelayMs: hoursMs(settings.NIGHTGATE_RECOVERY_DELAY_HOURS),
  },
  {
    clock: systemClock,
    log,
    faults,
    notifier: () => bothOf(push.notifier, () => channels.notifier),
  },
);
const channels = openChannels(
  {
    databaseUrl: settings.DATABASE_URL,
    origins: { gate: settings.NIGHTGATE_GATE_ORIGIN, web: settings.NIGHTGATE_WEB_ORIGIN },
  },
  {
    clock: systemClock,
    log,
    policies: base.policies,
    vault: base.vault,
    organizations: () => base.pins.organizations(),
    ringMessage: async (organization, message, persons) =>
      await push.tellMessage(organization, message, persons),
    ringBriefing: async (person) => await push.ringBriefing(person),
    testDevices: async (organization) => await push.testDevices(organization),
    reject: createRejectByWords({ ...base, clock: systemClock }),
  },
);
const edges = await makeEdges(base);
const core = await openCore(base, edges.releases);
// What an earlier process left on its way comes before anything new.
await core.releases.recover();
const changes = createChangesHub(settings.DATABASE_URL);
const sockets = await openSockets(core, edges, changes);
const pages = await createPages({
  origin: settings.NIGHTGATE_GATE_ORIGIN,
  webOrigin: settings.NIGHTGATE_WEB_ORIGIN,
  rehearsalUrl: settings.NIGHTGATE_REHEARSAL_URL ?? null,
  clock: systemClock,
  log,
  passkeys: core.passkeys,
  persons: core.persons,
  signInCodes: core.signInCodes,
  holds: core.holds,
  decisions: core.decisions,
  policies: core.policies,
  policyChanges: core.policyChanges,
  grants: core.grants,
  receipts: core.receipts,
  pushViews: keepViews(edges.git.views),
  checkAccess: edges.git.checkAccess,
  presence: core.presence,
  workstations: sockets.registry,
  secrets: core.vault,
  pushDevices: push.devices,
  channels: channels.members,
  changes,
  stopping: stopping.signal,
});
await push.resume(core.pins.organizations());
const stopFollowing = push.followRuns(changes, () => core.pins.organizations(), channels.runMoved);
channels.start(changes);
const rounds = core.keepRounds(stopping.signal);
const server = serve({ fetch: pages.fetch, hostname: "127.0.0.1", port: settings.NIGHTGATE_GATE_PORT });
// Invariant 12: whoever floods the pages takes no file descriptor that a workstation's way out needs.
server.maxConnections = PAGE_LIMITS.connectionsMax;
if ("headersTimeout" in server) server.headersTimeout = PAGE_LIMITS.requestHeadersMsMax;
await once(server, "listening");
const tls = await openGateTls(settings, server, { clock: systemClock, log });
process.stdout.write("ready\n");

function hoursMs(hours: number | undefined): number | null {
  return hours === undefined ? null : hours * 3_600_000;
}

/** Phones and channels are told of the same. */
function bothOf(phones: Notifier, others: () => Notifier): Notifier {
  return {
    holdOpened: async (hold) => {
      await Promise.all([phones.holdOpened(hold), others().holdOpened(hold)]);
    },
    holdMoved: async (hold) => {
      await Promise.all([phones.holdMoved(hold), others().holdMoved(hold)]);
    },
  };
}

async function stop(): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  await tls?.stop();
  server.close();
  if ("closeAllConnections" in server) server.closeAllConnections();
  await rounds;
  await sockets.stop();
  await stopFollowing();
  await channels.stop();
  await changes.stop();
  await push.stop();
  await core.close();
}
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => void stop().then(() => process.exit(0)));
