/** The runner: jobs, runs and their events. Talks to workstations over their sockets and to everybody else through Postgres; no TCP port, no secret, no engine. */
import { join } from "node:path";
import { openJobsDatabase } from "@nightgate/db/jobs";
import { systemClock as clock } from "@nightgate/shared/clock";
import pino from "pino";
import { readRunnerConfig } from "./env.ts";
import { startRunner } from "./runner.ts";

const config = readRunnerConfig(process.env);
const log = pino({ name: "runner" }, pino.destination(2));
const db = openJobsDatabase(config.databaseUrl);
const runner = await startRunner({
  db,
  databaseUrl: config.databaseUrl,
  socketFolder: join(config.home, "runner/sockets"),
  clock,
  log,
});

const stop = async (): Promise<void> => {
  await runner.stop();
  await db.close();
  process.exit(0);
};
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop());
process.stdout.write("ready\n");
