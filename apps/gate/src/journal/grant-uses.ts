/**
 * How often each grant was used, and which were revoked: append-only on the gate's own disk, fsynced before a push that relies on it
 * is let go, and above every row (invariant 6). A database that was rolled back gives no use back.
 */
import { join } from "node:path";
import { z } from "zod";
import type { GrantUses } from "../core/store-ports.ts";
import { openJournalFile } from "./journal-file.ts";

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

/** Opens (and makes) the file in `folder`. Throws Problem log.unusable where it is damaged. */
export function openGrantUses(folder: string): GrantUses & { close(): void } {
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
  const { append, close } = openJournalFile<Line>({
    path: join(folder, "grants.jsonl"),
    schema: line,
    name: "the journal of grants",
    each: remember,
  });
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
    close,
  };
}
