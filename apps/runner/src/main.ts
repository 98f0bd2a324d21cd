/** The runner: jobs, runs and their events. Talks to workstations over their sockets and to everybody else through Postgres; no TCP port, no secret, no engine. */
import { join } from "node:path";
import { openJobsDatabase } from "@nightgate/db/jobs";
import { waitForDatabase } from "@nightgate/db/wait-for-database";
import { systemClock as clock } from "@nightgate/shared/clock";
import { createFaultPoints, noFaults } from "@nightgate/shared/fault-points";
import pino from "pino";
import { readRunnerConfig } from "./env.ts";
import { startRunner } from "./runner.ts";

const config = readRunnerConfig(process.env);
const log = pino({ name: "runner" }, pino.destination(2));
await waitForDatabase(config.databaseUrl, () => log.warn("The database does not answer. Waiting for it."));
const db = openJobsDatabase(config.databaseUrl);
const runner = await startRunner({
  db,
  databaseUrl: config.databaseUrl,
  socketFolder: join(config.home, "runner/sockets"),
  clock,
  log,
  faults: config.isTest ? createFaultPoints(null, join(config.home, "runner/fault-once")) : noFaults,
});

const stop = async (): Promise<void> => {
  await runner.stop();
  await db.close();
  process.exit(0);
};
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop());
process.stdout.write("ready\n");
