/**
 * The heads of the organizations' logs: what the row says counts only when this gate's key has signed it, the leaves add up to it,
 * and it continues what the gate's disk pins (invariants 8 and 11).
 */
import type { KeyObject } from "node:crypto";
import type { GateTransaction } from "@nightgate/db/gate";
import {
  type LogHead,
  logOrigin,
  openCheckpoint,
  publicKeyText,
  signCheckpoint,
} from "@nightgate/evidence/checkpoint";
import {
  appendLeaf,
  EMPTY_FRONTIER,
  EMPTY_ROOT,
  type Frontier,
  frontierRoot,
} from "@nightgate/evidence/merkle";
import { Problem } from "@nightgate/shared/problems";
import type { Pins } from "../core/store-ports.ts";

export interface HeadRow {
  log_size: bigint;
  log_root: string;
  checkpoint: string;
}

export interface LogHeads {
  /** The frontier of a head row, proved; from memory when it is the one that was proved or written last. */
  prove(tx: GateTransaction, organization: string, row: HeadRow): Promise<Frontier>;
  /** As `prove`, always reading every leaf hash again. */
  proveAll(tx: GateTransaction, organization: string, row: HeadRow): Promise<HashedLog>;
  sign(organization: string, head: LogHead): string;
  /** To be called before a head is committed; what it answers, after: then it is remembered, and pinned on disk. Throws Problem disk.full. */
  prepare(organization: string, frontier: Frontier, checkpoint: string): () => void;
}

/** Leaf hashes and the root after each of them. */
export interface HashedLog {
  /** All leaf hashes, one behind the other. */
  text: string;
  frontier: Frontier;
  /** By size: the root of the first so many entries. */
  roots: readonly string[];
}

const HASH_HEX_CHARACTERS = 64;
const NOTHING: HashedLog = { text: "", frontier: EMPTY_FRONTIER, roots: [EMPTY_ROOT] };

export function createLogHeads({
  pins,
  logKey,
  installation,
}: {
  pins: Pins;
  logKey: KeyObject;
  installation: string;
}): LogHeads {
  const publicKey = publicKeyText(logKey);
  const proved = new Map<string, { frontier: Frontier; root: string }>();
  const hashed = new Map<string, HashedLog>();
  const pinned = (organization: string): LogHead => {
    const note = pins.checkpoint(organization);
    if (note === null) return { size: 0, root: EMPTY_ROOT };
    const head = openCheckpoint(note, logOrigin(installation, organization), publicKey);
    return head ?? refuse("the checkpoint that the gate's disk pins cannot be read");
  };
  const proveAll: LogHeads["proveAll"] = async (tx, organization, row) => {
    const text = await readLeaves(tx, organization);
    const before = hashed.get(organization) ?? NOTHING;
    // Each leaf is read again and compared; only those that are new are hashed again.
    const log = hashOn(text.startsWith(before.text) ? before : NOTHING, text);
    const { size } = log.frontier;
    const root = log.roots[size];
    const signed =
      size === 0
        ? { size: 0, root: EMPTY_ROOT }
        : openCheckpoint(row.checkpoint, logOrigin(installation, organization), publicKey);
    if (!signed || signed.size !== size || signed.root !== root)
      refuse("its entries are not the ones that this gate signed");
    if (Number(row.log_size) !== size || row.log_root !== root) refuse("its head does not fit its entries");
    const pin = pinned(organization);
    if (log.roots[pin.size] !== pin.root)
      refuse("it does not continue the checkpoint that the gate's disk pins");
    proved.set(organization, { frontier: log.frontier, root: row.log_root });
    hashed.set(organization, log);
    return log;
  };
  return {
    proveAll,
    prove: async (tx, organization, row) => {
      const known = proved.get(organization);
      if (known && known.frontier.size === Number(row.log_size) && known.root === row.log_root)
        return known.frontier;
      return (await proveAll(tx, organization, row)).frontier;
    },
    sign: (organization, head) => signCheckpoint(logOrigin(installation, organization), head, logKey),
    prepare: (organization, frontier, checkpoint) => {
      const pin = pins.prepareCheckpoint(organization, checkpoint);
      return () => {
        proved.set(organization, { frontier, root: frontierRoot(frontier) });
        pin();
      };
    },
  };
}

/** The row that every append locks. Throws Problem not-found for an organization that is not here. */
export async function lockHead(tx: GateTransaction, organization: string): Promise<HeadRow> {
  const [row] = await tx.$queryRaw<
    HeadRow[]
  >`SELECT log_size, log_root, checkpoint FROM gate.organizations WHERE organization_id = ${organization} FOR UPDATE`;
  if (!row) throw new Problem("not-found", { what: "such organization" });
  return row;
}

/** Goes on from `before`, which is the beginning of `text`. */
function hashOn(before: HashedLog, text: string): HashedLog {
  let { frontier } = before;
  const roots = [...before.roots];
  for (let at = before.text.length; at < text.length; at += HASH_HEX_CHARACTERS) {
    frontier = appendLeaf(frontier, text.slice(at, at + HASH_HEX_CHARACTERS));
    roots.push(frontierRoot(frontier));
  }
  return { text, frontier, roots };
}

async function readLeaves(tx: GateTransaction, organization: string): Promise<string> {
  const [row] = await tx.$queryRaw<{ leaves: string | null; gaps: boolean }[]>`
    SELECT string_agg(leaf_hash, '' ORDER BY index) AS leaves, coalesce(max(index) + 1 <> count(*) OR min(length(leaf_hash)) <> 64 OR max(length(leaf_hash)) <> 64, false) AS gaps
    FROM gate.receipts WHERE organization_id = ${organization}`;
  if (row?.gaps) refuse("an entry is missing");
  return row?.leaves ?? "";
}

function refuse(why: string): never {
  throw new Problem("log.unusable", { why });
}
