/**
 * How often each grant was used, and which were revoked: append-only on the gate's own disk, fsynced before a push that relies on it
 * is let go, and above every row (invariant 6). A database that was rolled back gives no use back.
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { LIMITS } from "../core/limits.ts";
import type { GrantUses } from "../core/store-ports.ts";
import { createAppender, ensureFolder, syncFolder } from "./durable-file.ts";

const line = z.discriminatedUnion("event", [
  z.strictObject({
    event: z.literal("used"),
    at: z.string(),
    organization: z.string(),
    grant: z.string(),
    hold: z.string(),
  }),
  z.strictObject({
    event: z.literal("revoked"),
    at: z.string(),
    organization: z.string(),
    grant: z.string(),
  }),
]);
type Line = z.infer<typeof line>;

interface Known {
  /** Holds that used it, in order. */
  holds: string[];
  revoked: boolean;
}

/** Opens (and makes) the file in `folder`. A torn last line is cut off: its fsync never returned. Throws Problem log.unusable for any other damage. */
export function openGrantUses(folder: string): GrantUses & { close(): void } {
  ensureFolder(folder);
  const path = join(folder, "grants.jsonl");
  const known = new Map<string, Known>();
  const of = (organization: string, grant: string): Known => {
    const key = `${organization} ${grant}`;
    const found = known.get(key) ?? { holds: [], revoked: false };
    known.set(key, found);
    return found;
  };
  const remember = (entry: Line): void => {
    const grant = of(entry.organization, entry.grant);
    if (entry.event === "used") grant.holds.push(entry.hold);
    else grant.revoked = true;
  };
  const file = openForAppending(path, remember);
  const write = createAppender(file);
  const append = (entry: Line): void => {
    write(`${JSON.stringify(entry)}\n`);
    remember(entry);
  };
  return {
    uses: (organization, grant) => of(organization, grant).holds,
    isRevoked: (organization, grant) => of(organization, grant).revoked,
    use: ({ at, organization, grant, hold, count }) => {
      const { holds, revoked } = of(organization, grant);
      const before = holds.indexOf(hold);
      if (before >= 0) return before + 1;
      // Invariant 6: never more often than was signed for, whatever the rows say.
      if (revoked || holds.length >= count) return null;
      append({ event: "used", at, organization, grant, hold });
      return holds.length;
    },
    revoke: ({ at, organization, grant }) => {
      if (!of(organization, grant).revoked) append({ event: "revoked", at, organization, grant });
    },
    close: () => closeSync(file),
  };
}

function openForAppending(path: string, each: (entry: Line) => void): number {
  const isNew = !existsSync(path);
  if (!isNew && statSync(path).size > LIMITS.journalBytesMax)
    throw new Problem("log.unusable", { why: "the journal of grants is too large to read" });
  const bytes = isNew ? Buffer.alloc(0) : readFileSync(path);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  for (const text of bytes.subarray(0, whole).toString("utf8").split("\n").slice(0, -1)) each(readLine(text));
  const file = openSync(path, "a", 0o600);
  if (whole < bytes.length) ftruncateSync(file, whole);
  fsyncSync(file);
  if (isNew) syncFolder(dirname(path));
  return file;
}

function readLine(text: string): Line {
  try {
    return line.parse(JSON.parse(text));
  } catch (cause) {
    throw new Problem(
      "log.unusable",
      { why: "the journal of grants on the gate's disk is damaged" },
      { cause },
    );
  }
}
