/**
 * `node apps/gate/src/cli/export-log.ts ORGANIZATION > log.json`, on the gate's host: the organization's whole log, as `verify-log.ts` and any other
 * verifier reads it. What a verifier must know from elsewhere (the key, the origins, the checkpoint that this disk pins) goes to stderr.
 */
import { join } from "node:path";
import { openGateDatabase } from "@nightgate/db/gate";
import { logOrigin, publicKeyText, verifierKey } from "@nightgate/evidence/checkpoint";
import { readSettings } from "@nightgate/shared/env";
import { organizationId } from "@nightgate/shared/ids";
import { z } from "zod";
import { openKeys } from "../journal/keys.ts";
import { knownOrigins } from "../journal/origins.ts";
import { openPins } from "../journal/pins.ts";
import { createLogHeads } from "../store/log-heads.ts";
import { createReceipts } from "../store/receipt-log.ts";

const settings = readSettings(
  z.object({
    NIGHTGATE_HOME: z.string().min(1, "say where the data lives"),
    DATABASE_URL: z.string().min(1, "is missing"),
  }),
  process.env,
);
const organization = organizationId.parse(process.argv[2]);
const folder = join(settings.NIGHTGATE_HOME, "gate");
const keys = openKeys(folder);
const publicKey = publicKeyText(keys.log);
const [origin = "", ...earlier] = knownOrigins(folder);
const identity = {
  installation: keys.installation,
  origin,
  origins: [origin, ...earlier],
  rpId: new URL(origin).hostname,
};
const db = openGateDatabase(settings.DATABASE_URL);
const pins = openPins(folder);
// Read before the log: a log that grows meanwhile continues it all the same.
const pinned = pins.checkpoint(organization);
const heads = createLogHeads({ pins, logKey: keys.log, installation: keys.installation });
const log = await createReceipts({ db, heads, identity, publicKey }).exportLog(organization);
await db.close();
process.stdout.write(`${JSON.stringify(log)}\n`);
const trust = {
  format: "nightgate.trust.v1",
  installation: keys.installation,
  organization,
  key: publicKey,
  origins: identity.origins,
  verifierKey: verifierKey(logOrigin(keys.installation, organization), publicKey),
  pinned,
};
process.stderr.write(`${JSON.stringify(trust, null, 2)}\n`);
