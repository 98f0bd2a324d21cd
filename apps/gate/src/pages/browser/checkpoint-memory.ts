/**
 * Each approver's browser keeps the last checkpoint of the log that it was handed (invariant 11). A log that is later shorter, or has another
 * root at the same length, was put back or rewritten; a gate that was restored from an old copy cannot hide it from the people who decided.
 */
import { get } from "./api.ts";
import { h } from "./dom.ts";
import { notice } from "./notices.ts";

interface Kept {
  size: number;
  root: string;
}

/** Asks for the current checkpoint, keeps it, and returns a warning if it contradicts what this browser has seen; null if all is well. */
export async function checkLog(organization: string): Promise<HTMLElement | null> {
  // Asked twice: another tab may have been handed a newer one while the first answer was on its way.
  const contradicted = (await contradiction(organization)) && (await contradiction(organization));
  if (!contradicted) return null;
  return notice(
    "bad",
    "danger",
    h(
      "p",
      {},
      h("b", {}, "This log is not the one that this browser has seen. "),
      `It had ${contradicted.size} entries, and now is shorter or has other content: it was put back or rewritten.`,
    ),
    h(
      "p",
      {},
      "Nothing can be approved here until the operator has explained it and you have cleared this site's data in the browser.",
    ),
  );
}

/** What this browser has kept, if the log of now contradicts it. */
async function contradiction(organization: string): Promise<Kept | null> {
  const key = `checkpoint ${organization}`;
  const before = readKept(window.localStorage.getItem(key));
  const seen = before === null ? "" : `&seen=${before.size}`;
  const { checkpoint, rootAtSeen } = await get<{ checkpoint: string; rootAtSeen: string | null }>(
    `/api/audit/checkpoint?organization=${encodeURIComponent(organization)}${seen}`,
  );
  const now = readCheckpoint(checkpoint);
  const bad =
    before !== null &&
    (now === null ||
      now.size < before.size ||
      (now.size === before.size && now.root !== before.root) ||
      // Longer by now: an honest gate that was put back and has gone on since says what it had at that length.
      rootAtSeen !== hexOf(before.root));
  // Invariant 11: what contradicts is not kept, or the warning would be gone with the next look.
  if (!bad && now !== null) window.localStorage.setItem(key, JSON.stringify(now));
  return bad ? before : null;
}

/** C2SP tlog-checkpoint: origin, size and root hash are the first three lines. */
function readCheckpoint(text: string): Kept | null {
  const [, size = "", root = ""] = text.split("\n");
  return /^\d{1,15}$/.test(size) && root !== "" ? { size: Number(size), root } : null;
}

/** Checkpoints write hashes in base64, and answers in hexadecimal. */
function hexOf(base64: string): string {
  const bytes = Array.from(window.atob(base64), (character) => character.charCodeAt(0));
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function readKept(text: string | null): Kept | null {
  if (text === null) return null;
  const kept: unknown = JSON.parse(text);
  if (typeof kept !== "object" || kept === null || !("size" in kept) || !("root" in kept)) return null;
  return typeof kept.size === "number" && typeof kept.root === "string"
    ? { size: kept.size, root: kept.root }
    : null;
}
