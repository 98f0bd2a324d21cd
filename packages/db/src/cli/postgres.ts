/** `node packages/db/src/cli/postgres.ts`: the embedded PostgreSQL in the foreground, under $NIGHTGATE_HOME/postgres. Prints `ready`; stops on SIGTERM or SIGINT. */
import { join } from "node:path";
import { readSettings } from "@nightgate/shared/env";
import { z } from "zod";
import { startEmbeddedPostgres } from "../embedded-postgres.ts";

const settings = readSettings(
  z.object({ NIGHTGATE_HOME: z.string().min(1, "say where the data lives") }),
  process.env,
);
const server = await startEmbeddedPostgres(join(settings.NIGHTGATE_HOME, "postgres"), [], {
  dieWithUs: true,
});
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void server.stop());
process.stdout.write("ready\n");
process.exitCode = (await server.ended) ?? 1;
