/**
 * `node apps/gate/src/cli/after-restore.ts MADE_AT`, for `npm run restore`: what was approved when the backup was made may have been sent since, and the journal
 * of then cannot know it. So it is journalled as sent, and the gate's start asks a person instead of sending it again (invariant 6).
 * Prints {unknown, pending}: the holds concerned, and those that waited then.
 */
import { join } from "node:path";
import { openGateDatabase } from "@nightgate/db/gate";
import { systemClock } from "@nightgate/shared/clock";
import { readSettings } from "@nightgate/shared/env";
import { z } from "zod";
import { openDispatchJournal } from "../journal/dispatch-journal.ts";
import { openPins } from "../journal/pins.ts";

const settings = readSettings(
  z.object({
    NIGHTGATE_HOME: z.string().min(1, "say where the data lives"),
    DATABASE_URL: z.string().min(1, "say where the database is"),
  }),
  process.env,
);
const madeAt = z.iso.datetime().parse(process.argv[2]);
const folder = join(settings.NIGHTGATE_HOME, "gate");
const journal = openDispatchJournal(join(folder, "journal"));
const db = openGateDatabase(settings.DATABASE_URL);
const [unknown, pending]: [string[], string[]] = [[], []];
/** The gate's own changes happen in the database, which was put back with them: doing them again is right. */
const OWN: readonly string[] = [
  "policy.change",
  "secret.write",
  "passkey.enroll",
  "grant.open",
  "hold.settle",
];

for (const organization of openPins(folder).organizations()) {
  const holds = await db.asOrganization(
    organization,
    async (tx) =>
      await tx.gateHolds.findMany({
        where: { state: { in: ["pending", "approved", "releasing"] } },
        select: { id: true, state: true, kind: true, actionDigest: true },
      }),
  );
  for (const { id, state, kind, actionDigest } of holds) {
    if (OWN.includes(kind)) continue;
    if (state === "pending") {
      pending.push(id);
      continue;
    }
    unknown.push(id);
    if (journal.find(organization, id)) continue;
    const at = new Date(systemClock.now()).toISOString();
    journal.dispatched({ at, organization, hold: id, actionDigest, marker: { restoredFrom: madeAt } });
  }
}
journal.close();
await db.close();
process.stdout.write(JSON.stringify({ unknown, pending }));
