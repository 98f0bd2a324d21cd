/**
 * What recovery rests on, on the gate's own disk: digests of printed codes, and the keys that wait. Not in rows: a thief of the database's
 * password must not be able to write themselves a recovery whose delay is over (invariant 4).
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { passkeyEnrollAction } from "@nightgate/shared/actions";
import { organizationId, personId } from "@nightgate/shared/ids";
import { z } from "zod";
import { ensureFolder, readIfPresent, removeDurably, writeDurably } from "./durable-file.ts";

const kept = z.strictObject({
  person: personId,
  method: z.enum(["code", "host"]),
  /** scrypt over the code's secret part. */
  salt: z.string(),
  digest: z.string(),
  createdAt: z.number(),
  /** Null: until it is used or replaced. */
  expiresAt: z.number().nullable(),
});
export type KeptCode = z.infer<typeof kept>;

const pending = z.strictObject({
  id: z.string(),
  person: personId,
  method: z.enum(["code", "host"]),
  passkey: z.strictObject({
    credential: z.string(),
    publicKey: z.string(),
    transports: z.array(z.string()),
    counter: z.int(),
    backedUp: z.boolean(),
    name: z.string(),
  }),
  requestedAt: z.number(),
  readyAt: z.number(),
  /** The hold in each of the person's organizations, with which an approver can object or hurry. */
  holds: z.array(
    z.strictObject({ organization: organizationId, hold: z.string(), action: passkeyEnrollAction }),
  ),
  /** Organizations in which it is done. */
  applied: z.array(organizationId),
});
export type PendingRecovery = z.infer<typeof pending>;

export interface RecoveryFiles {
  /** The code that goes by this name, or null. */
  code(lookup: string): KeptCode | null;
  codesOf(person: string): { lookup: string; code: KeptCode }[];
  keepCode(lookup: string, code: KeptCode): void;
  dropCode(lookup: string): void;
  pending(): PendingRecovery[];
  keepPending(recovery: PendingRecovery): void;
  dropPending(id: string): void;
}

const LOOKUP = /^[0-9A-HJKMNP-TV-Z]{8}$/;
const PENDING_ID = /^[0-9a-z_]{4,40}$/;

/** Under `folder`/recovery. The command line on the gate's host writes there too, so files are read at each use. */
export function openRecoveryFiles(folder: string): RecoveryFiles {
  const [codes, waiting] = [join(folder, "recovery", "codes"), join(folder, "recovery", "pending")];
  for (const path of [codes, waiting]) ensureFolder(path);
  const codeFile = (lookup: string): string => join(codes, `${lookup}.json`);
  const code = (lookup: string): KeptCode | null => {
    const text = LOOKUP.test(lookup) ? readIfPresent(codeFile(lookup)) : null;
    return text === null ? null : kept.parse(JSON.parse(text));
  };
  const named = (path: string): string[] =>
    readdirSync(path)
      .filter((name) => name.endsWith(".json"))
      .map((name) => name.slice(0, -".json".length));
  return {
    code,
    codesOf: (person) =>
      named(codes).flatMap((lookup) => {
        const each = code(lookup);
        return each?.person === person ? [{ lookup, code: each }] : [];
      }),
    keepCode: (lookup, entry) => {
      if (LOOKUP.test(lookup)) writeDurably(codeFile(lookup), `${JSON.stringify(entry)}\n`);
    },
    dropCode: (lookup) => {
      if (LOOKUP.test(lookup)) removeDurably(codeFile(lookup));
    },
    pending: () =>
      named(waiting).flatMap((id) => {
        const text = readIfPresent(join(waiting, `${id}.json`));
        return text === null ? [] : [pending.parse(JSON.parse(text))];
      }),
    keepPending: (recovery) => {
      if (PENDING_ID.test(recovery.id))
        writeDurably(join(waiting, `${recovery.id}.json`), `${JSON.stringify(recovery)}\n`);
    },
    dropPending: (id) => {
      if (PENDING_ID.test(id)) removeDurably(join(waiting, `${id}.json`));
    },
  };
}
