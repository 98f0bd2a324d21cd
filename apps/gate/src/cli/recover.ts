/**
 * `node apps/gate/src/cli/recover.ts NAME`: on the gate's host, prints a code with which the person NAME (or an id, per_...) makes a new
 * passkey at the gate's /recover page at once. For an hour, once. Everybody who approves in their organizations is told, and the logs say so.
 */
import { join } from "node:path";
import { openGateDatabase } from "@nightgate/db/gate";
import { systemClock } from "@nightgate/shared/clock";
import { readSettings } from "@nightgate/shared/env";
import { z } from "zod";
import { LIMITS } from "../core/limits.ts";
import { openRecoveryFiles } from "../journal/recovery-files.ts";
import { makeCode } from "../passkeys/recovery-codes.ts";

const settings = readSettings(
  z.object({
    NIGHTGATE_HOME: z.string().min(1, "say where the data lives"),
    DATABASE_URL: z.string().min(1, "say where the database is"),
  }),
  process.env,
);
const wanted = process.argv[2] ?? "";
const db = openGateDatabase(settings.DATABASE_URL);
const persons = await db.asNobody(
  async (tx) => await tx.gatePersons.findMany({ where: { OR: [{ id: wanted }, { name: wanted }] } }),
);
await db.close();
const [person, ...others] = persons;
if (!person) {
  process.stderr.write(
    `Nobody here is called ${JSON.stringify(wanted)}. Names are exact; an id works too.\n`,
  );
  process.exitCode = 1;
} else if (others.length > 0) {
  const lines = persons.map((each) => `  ${each.id}  since ${each.createdAt.toISOString().slice(0, 10)}`);
  process.stderr.write(`Several people have this name. Say which, by id:\n${lines.join("\n")}\n`);
  process.exitCode = 1;
} else {
  const expiresAt = systemClock.now() + LIMITS.hostRecoveryCodeMs;
  const files = openRecoveryFiles(join(settings.NIGHTGATE_HOME, "gate"));
  const code = makeCode(files, systemClock, { person: person.id, method: "host", expiresAt });
  process.stdout.write(`${code}\n`);
}
