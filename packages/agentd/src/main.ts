/** agentd: the supervisor of a workstation, its first process after tini. Makes everything, starts it, and undoes it in reverse. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { systemClock as clock } from "@nightgate/shared/clock";
import { pino } from "pino";
import { adapterOf } from "./adapters/table.ts";
import { keepSurroundings } from "./boot/surroundings.ts";
import { gateClient } from "./connection/gate-client.ts";
import { refusalOf } from "./connection/refusals.ts";
import { connectToRunner } from "./connection/runner-connection.ts";
import { readAgentdConfig } from "./env.ts";
import { aptInstaller } from "./local/apt.ts";
import { startLocalServer } from "./local/local-server.ts";
import { VerbCalls } from "./local/verb-calls.ts";
import { startRelay } from "./relay/relay.ts";
import { openRuns } from "./runs/runs.ts";

const VERSION = "0.1.0";

const config = readAgentdConfig(process.env);
const log = pino({ level: config.logLevel, base: null });
const gate = gateClient(config.gateSocket, clock);
const boot = randomUUID();

// The relay first: a command that runs before it is ready would find no network.
const relay = config.relay
  ? await startRelay({
      gateSocket: config.gateSocket,
      dnsPort: config.dnsPort,
      proxyPort: config.proxyPort,
      namedPorts: [80, 443],
      log,
    })
  : null;
const surroundings = await keepSurroundings({
  root: config.root,
  gate,
  clock,
  log,
  home: config.user.home,
  path: config.path,
  imageVariables: config.imageVariables,
  proxyPort: config.proxyPort,
});
const runs = await openRuns(join(config.state, "runs"), {
  user: config.user,
  clock,
  environment: surroundings.variables,
  refresh: surroundings.refresh,
  adapterOf,
  refusalOf: async (run) => await refusalOf(gate, run),
  untilGateAnswers: gate.untilAnswers,
});
const verbs = new VerbCalls(clock);
const runner = connectToRunner({ socketPath: config.runnerSocket, version: VERSION, boot, runs, verbs, log });
const apt = aptInstaller({ user: config.user, environment: surroundings.variables });
const local = await startLocalServer({
  socketPath: config.agentdSocket,
  apt,
  verbs,
  status: async () => ({
    version: VERSION,
    boot,
    workstation: surroundings.environment()?.workstation ?? null,
    gateAnswers: await surroundings.refresh(),
    runnerConnected: runner.isConnected(),
    runs: runs.list().map(({ run, phase }) => ({ run, phase })),
  }),
});
log.info({ boot }, "agentd is up.");

const stop = async (signal: NodeJS.Signals): Promise<void> => {
  log.info({ signal }, "agentd stops.");
  await runner.stop();
  await local.stop();
  await runs.flush();
  await surroundings.stop();
  await relay?.stop();
  process.exit(0);
};
process.once("SIGTERM", (signal) => void stop(signal));
process.once("SIGINT", (signal) => void stop(signal));

// What the last image had and this one lacks comes back by itself, once there is a way out.
void gate
  .untilAnswers()
  .then(async () => await apt.replay((text) => log.info({ text: text.trim() }, "apt")))
  .catch((error: unknown) =>
    log.warn({ err: error }, "Packages of the last image could not be installed again."),
  );
