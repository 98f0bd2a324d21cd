/**
 * The journal of what was sent: append-only, fsynced before the first byte leaves, and above every row (invariant 6).
 * A hold that is in it is never sent again, whatever the database says.
 */
import { join } from "node:path";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import type { DispatchJournal, JournalledDispatch } from "../core/store-ports.ts";
import { openJournalFile } from "./journal-file.ts";

const outcome = z.object({
  state: z.enum(["released", "failed", "unknown"]),
  words: z.string(),
  evidence: z.record(z.string(), z.unknown()),
});
const line = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("dispatched"),
    at: z.string(),
    organization: z.string(),
    hold: z.string(),
    actionDigest: z.string(),
    marker: z.record(z.string(), z.unknown()),
  }),
  z.object({
    event: z.literal("ended"),
    at: z.string(),
    organization: z.string(),
    hold: z.string(),
    outcome,
  }),
]);
type Line = z.infer<typeof line>;

/** Opens (and makes) the journal in `folder`. Throws Problem log.unusable where it is damaged. */
export function openDispatchJournal(folder: string): DispatchJournal & { close(): void } {
  const known = new Map<string, JournalledDispatch>();
  const { append, close } = openJournalFile<Line>({
    path: join(folder, "dispatched.jsonl"),
    schema: line,
    name: "the dispatch journal",
    each: (entry) => remember(known, entry),
  });
  return {
    find: (organization, hold) => known.get(key(organization, hold)) ?? null,
    dispatched: (entry) => {
      // Invariant 6: at most once, however often it is asked.
      if (known.has(key(entry.organization, entry.hold)))
        throw new Problem("hold.dispatched", { hold: entry.hold });
      append({ event: "dispatched", ...entry });
    },
    ended: (entry) => append({ event: "ended", ...entry }),
    close,
  };
}

function key(organization: string, hold: string): string {
  return `${organization} ${hold}`;
}

function remember(known: Map<string, JournalledDispatch>, entry: Line): void {
  const at = key(entry.organization, entry.hold);
  if (entry.event === "dispatched")
    known.set(at, { actionDigest: entry.actionDigest, marker: entry.marker, outcome: null });
  else known.set(at, { actionDigest: "", marker: {}, ...known.get(at), outcome: entry.outcome });
}
