/**
 * Verifies an exported log with public keys alone and names the first bad entry (invariant 11): every leaf, the signed checkpoint,
 * each hold's way through its states, every decision's assertion, and the chain of policies that those decisions rely on.
 */
import { z } from "zod";
import { type LogHead, logOrigin, openCheckpoint } from "./checkpoint.ts";
import { saltedLeaf } from "./leaf.ts";
import { appendLeaf, EMPTY_FRONTIER, frontierRoot } from "./merkle.ts";
import { receiptBody } from "./receipts.ts";
import { createReplay, type Replay } from "./replay.ts";

export const exportedReceipt = z.strictObject({
  index: z.int().min(0),
  kind: z.string(),
  hold: z.string().nullable(),
  /** Null once the content was erased; then the salt is gone too. */
  body: z.unknown(),
  salt: z.string().nullable(),
  leafHash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type ExportedReceipt = z.infer<typeof exportedReceipt>;

export const logExport = z.strictObject({
  format: z.literal("nightgate.log.v1"),
  installation: z.string(),
  organization: z.string(),
  checkpoint: z.string(),
  receipts: z.array(exportedReceipt),
});
export type LogExport = z.infer<typeof logExport>;

/** What the verifier knows from elsewhere and does not take from the export. */
export interface TrustedLog {
  /** The log's Ed25519 key, raw, base64url. */
  publicKey: string;
  origins: readonly string[];
  rpId: string;
  /** Heads seen before (a browser's, another auditor's): each must be a prefix. */
  seen?: readonly LogHead[];
}

export interface LogVerdict {
  size: number;
  /** `index` equals `size` where the log as a whole is wrong (its checkpoint, or a head that was seen before). */
  firstBad: { index: number; why: string } | null;
}

/** Reads everything once, in order; linear in the log. */
export function verifyLog(log: LogExport, trusted: TrustedLog): LogVerdict {
  const size = log.receipts.length;
  const roots = [frontierRoot(EMPTY_FRONTIER)];
  const replay = createReplay({
    installation: log.installation,
    organization: log.organization,
    origins: trusted.origins,
    rpId: trusted.rpId,
    rootAt: (at) => roots[at] ?? null,
  });
  let frontier = EMPTY_FRONTIER;
  const erased = erasedHolds(log);
  for (const [index, receipt] of log.receipts.entries()) {
    const why = entryFault(receipt, index) ?? erasedFault(erased, receipt) ?? replayFault(replay, receipt);
    if (why) return { size, firstBad: { index, why } };
    frontier = appendLeaf(frontier, receipt.leafHash);
    roots.push(frontierRoot(frontier));
  }
  const why = headFault(log, trusted, roots);
  return { size, firstBad: why ? { index: size, why } : null };
}

function entryFault(receipt: ExportedReceipt, index: number): string | null {
  if (receipt.index !== index) return `entry ${index} is missing or out of order`;
  if (receipt.body === null) return null;
  if (receipt.salt === null) return "its salt is missing";
  return saltedLeaf(receipt.salt, receipt.body) === receipt.leafHash ? null : "its content was changed";
}

function erasedHolds({ receipts }: LogExport): ReadonlySet<string> {
  return new Set(receipts.flatMap(({ body, hold }) => (body === null && hold !== null ? [hold] : [])));
}

/** Attack L4: a hold loses its content whole or not at all, or a release could stand there whose decision nobody can check. */
function erasedFault(erased: ReadonlySet<string>, { body, hold }: ExportedReceipt): string | null {
  if (body === null || hold === null || !erased.has(hold)) return null;
  return `another entry of ${hold} has lost its content, so that this one cannot be checked`;
}

function replayFault(replay: Replay, receipt: ExportedReceipt): string | null {
  if (receipt.body === null) {
    replay.erased(receipt.hold);
    return null;
  }
  const body = receiptBody.safeParse(receipt.body);
  if (!body.success) return "it is not a receipt of a known kind";
  const hold = "hold" in body.data ? body.data.hold : null;
  if (body.data.kind !== receipt.kind || hold !== receipt.hold) return "its label does not fit its content";
  return replay.next(body.data);
}

function headFault(log: LogExport, trusted: TrustedLog, roots: readonly string[]): string | null {
  const head = openCheckpoint(
    log.checkpoint,
    logOrigin(log.installation, log.organization),
    trusted.publicKey,
  );
  if (!head) return "the checkpoint is not signed by the log's key";
  const wrong = [head, ...(trusted.seen ?? [])].find((known) => roots[known.size] !== known.root);
  if (wrong)
    return wrong === head
      ? "the entries are not the ones of the checkpoint"
      : `the log was different when it had ${wrong.size} entries`;
  return head.size === log.receipts.length ? null : `the checkpoint speaks of ${head.size} entries`;
}
