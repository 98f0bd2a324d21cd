/**
 * The journal of what was sent: append-only, fsynced before the first byte leaves, and above every row (invariant 6).
 * A hold that is in it is never sent again, whatever the database says.
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { LIMITS } from "../core/limits.ts";
import type { DispatchJournal, JournalledDispatch } from "../core/store-ports.ts";
import { createAppender, ensureFolder, syncFolder } from "./durable-file.ts";

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

/** Opens (and makes) the journal in `folder`. A torn last line is cut off: its fsync never returned, so nothing had left. Throws Problem log.unusable for any other damage. */
export function openDispatchJournal(folder: string): DispatchJournal & { close(): void } {
  ensureFolder(folder);
  const path = join(folder, "dispatched.jsonl");
  const known = new Map<string, JournalledDispatch>();
  const file = openForAppending(path, (entry) => remember(known, entry));
  const write = createAppender(file);
  const append = (entry: Line): void => {
    write(`${JSON.stringify(entry)}\n`);
    remember(known, entry);
  };
  return {
    find: (organization, hold) => known.get(key(organization, hold)) ?? null,
    dispatched: (entry) => {
      // Invariant 6: at most once, however often it is asked.
      if (known.has(key(entry.organization, entry.hold)))
        throw new Problem("hold.dispatched", { hold: entry.hold });
      append({ event: "dispatched", ...entry });
    },
    ended: (entry) => append({ event: "ended", ...entry }),
    close: () => closeSync(file),
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

function openForAppending(path: string, each: (entry: Line) => void): number {
  const isNew = !existsSync(path);
  if (!isNew && statSync(path).size > LIMITS.journalBytesMax)
    throw new Problem("log.unusable", { why: "the dispatch journal is too large to read" });
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
      { why: "the dispatch journal on the gate's disk is damaged" },
      { cause },
    );
  }
}
