/**
 * `nightgate audit verify`: an exported log checked offline (invariant 11). The key and the origins come from elsewhere than the log; checkpoints that somebody
 * has seen before tell a log that was cut off, put back or rewritten by whoever has the key.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { type LogHead, logOrigin, openCheckpoint } from "@nightgate/evidence/checkpoint";
import { rootOf } from "@nightgate/evidence/merkle";
import { type LogExport, logExport, verifyLog } from "@nightgate/evidence/verify-log";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { repeatedName } from "./repeated-name.ts";

/** What `audit export` writes beside the log. */
const trustFile = z.object({
  format: z.literal("nightgate.trust.v1"),
  key: z.string(),
  origins: z.array(z.url()).min(1),
  /** The checkpoint that the gate's disk pinned when the log was exported. */
  pinned: z.string().nullable(),
});
type Trust = z.infer<typeof trustFile>;

const seenHead = z.object({ size: z.int().min(0), root: z.string() });

const ERASED_LISTED_MAX = 20;

export interface AuditAnswer {
  text: string;
  exit: 0 | 1 | 2;
}

/** Exit 0: all holds. 1: an entry is bad, and which. 2: the entries hold, but as a whole it is not the log that was signed or seen. Throws Problem audit.unreadable. */
export function verifyFile(file: string, options: { trust?: string; checkpoint?: string[] }): AuditAnswer {
  const log = logExport.safeParse(readJson(file));
  if (!log.success) throw unreadable(file, "it is not an exported log");
  const trustPath = options.trust ?? `${file}.trust`;
  const trust = trustFile.safeParse(readJson(trustPath));
  if (!trust.success) throw unreadable(trustPath, "it does not say which key and origins to trust");
  const seen = (options.checkpoint ?? []).map((path) => ({
    from: path,
    head: readHead(path, log.data, trust.data),
  }));
  if (trust.data.pinned !== null)
    seen.push({ from: "the gate's disk", head: headOf(trust.data.pinned, log.data, trust.data, trustPath) });
  return (
    badEntry(log.data, trust.data) ??
    contradicted(log.data, seen) ?? { text: allHold(log.data, trust.data, seen.length), exit: 0 }
  );
}

function allHold(log: LogExport, trust: Trust, seen: number): string {
  const heads =
    seen === 0
      ? ""
      : `\nIt continues ${seen === 1 ? "the checkpoint" : `all ${seen} checkpoints`} seen before.`;
  return `All ${log.receipts.length} entries of ${log.organization} hold.${erasedWords(log)}${heads}\nKey ${trust.key}: compare it with the one that the gate's audit page shows.`;
}

/** What was erased holds as a leaf, and nobody can say what it was: that is told, or it would be a place to hide. */
function erasedWords({ receipts }: LogExport): string {
  const gone = receipts.filter(({ body }) => body === null).map(({ index }) => index);
  if (gone.length === 0) return "";
  const listed =
    gone.slice(0, ERASED_LISTED_MAX).join(", ") + (gone.length > ERASED_LISTED_MAX ? ", ..." : "");
  return `\nOf these ${gone.length} have lost their content, and what they said cannot be checked: ${listed}.`;
}

/** A signed checkpoint that speaks of more entries than there are: the end is missing, whatever the entries are. */
function cutOff(log: LogExport, trust: Trust): AuditAnswer | null {
  const head = openCheckpoint(log.checkpoint, logOrigin(log.installation, log.organization), trust.key);
  if (!head || head.size <= log.receipts.length) return null;
  return {
    text: `Truncated: its checkpoint has ${head.size} entries, and ${log.receipts.length} are here. The first that is missing is entry ${log.receipts.length}.`,
    exit: 2,
  };
}

/** The first entry that is bad; else the end that is missing; else what is wrong with the whole. */
function badEntry(log: LogExport, trust: Trust): AuditAnswer | null {
  const { key, origins } = trust;
  const [origin = ""] = origins;
  const { size, firstBad } = verifyLog(log, { publicKey: key, origins, rpId: new URL(origin).hostname });
  if (!firstBad) return null;
  if (firstBad.index < size)
    return { text: `Entry ${firstBad.index} of ${size} is bad: ${firstBad.why}.`, exit: 1 };
  return cutOff(log, trust) ?? { text: `The log as a whole is bad: ${firstBad.why}.`, exit: 2 };
}

function contradicted(log: LogExport, seen: { from: string; head: LogHead }[]): AuditAnswer | null {
  const size = log.receipts.length;
  for (const { from, head } of seen) {
    if (head.size > size)
      return {
        text: `Rolled back: ${from} has seen ${head.size} entries, and here are ${size}. Entries ${size} to ${head.size - 1} are gone.`,
        exit: 2,
      };
    if (rootOf(log.receipts.slice(0, head.size).map(({ leafHash }) => leafHash)) !== head.root)
      return {
        text: `Rewritten: among the first ${head.size} entries there is one that is not the one that ${from} has seen. There are two histories.`,
        exit: 2,
      };
  }
  return null;
}

/** A signed note as the gate pins it, or {size, root} as a browser keeps it (root in base64). */
function readHead(path: string, log: LogExport, trust: Trust): LogHead {
  const text = read(path);
  if (!text.trimStart().startsWith("{")) return headOf(text, log, trust, path);
  const kept = seenHead.safeParse(parse(path, text));
  if (!kept.success) throw unreadable(path, "it is not a checkpoint");
  return { size: kept.data.size, root: Buffer.from(kept.data.root, "base64").toString("hex") };
}

function headOf(note: string, log: LogExport, trust: Trust, from: string): LogHead {
  const head = openCheckpoint(note, logOrigin(log.installation, log.organization), trust.key);
  if (!head)
    throw unreadable(from, "its checkpoint is not one of this log, signed with the key that is trusted");
  return head;
}

function readJson(path: string): unknown {
  return parse(path, read(path));
}

function parse(path: string, text: string): unknown {
  // Attack L7: two programs that choose differently between two values of one name would read two logs.
  const repeated = repeatedName(text);
  if (repeated !== null)
    throw unreadable(path, `the name ${JSON.stringify(repeated)} stands twice in one object`);
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(path, "it is not JSON");
  }
}

function read(path: string): string {
  if (!existsSync(path)) throw unreadable(path, "there is no such file");
  if (statSync(path).size > LIMITS.auditFileBytesMax)
    throw new Problem("too-large", { what: path, limit: `${LIMITS.auditFileBytesMax / 1024 / 1024} MiB` });
  return readFileSync(path, "utf8");
}

function unreadable(file: string, why: string): Problem<"audit.unreadable"> {
  return new Problem("audit.unreadable", { file, why });
}
