/** Reading the log: for the pages, for exports, and for core, which believes an entry only after its leaf was found in the signed tree. */
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import { EMPTY_ROOT } from "@nightgate/evidence/merkle";
import { type LogExport, type LogVerdict, verifyLog } from "@nightgate/evidence/verify-log";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../core/limits.ts";
import type { ReceiptLog } from "../core/ports.ts";
import type { GateIdentity, LogReader, VerifiedLog } from "../core/store-ports.ts";
import { receiptsOfHold, toReceipt } from "./hold-receipts.ts";
import { type HashedLog, type HeadRow, type LogHeads, lockHead } from "./log-heads.ts";

export interface Receipts extends ReceiptLog, LogReader {
  /** Everything that is needed to verify offline, but the key (it must come from elsewhere). */
  exportLog(organization: string): Promise<LogExport>;
}

interface ReceiptsDeps {
  db: GateDatabase;
  heads: LogHeads;
  identity: GateIdentity;
  /** The log's own, raw Ed25519, base64url. */
  publicKey: string;
}

export function createReceipts(deps: ReceiptsDeps): Receipts {
  const { db, identity, publicKey } = deps;
  const { origins, rpId } = identity;
  const verified = async (organization: string): Promise<VerifiedLog> =>
    await db.asOrganization(organization, async (tx) => {
      // The lock keeps appends out between reading the head and reading the leaves.
      const head = await lockHead(tx, organization);
      return toVerified(await deps.heads.proveAll(tx, organization, head), head.checkpoint);
    });
  return {
    ...entries(deps),
    publicKey,
    checkpoint: async (organization) =>
      await db.asOrganization(organization, async (tx) => (await readHead(tx, organization)).checkpoint),
    exportLog: async (organization) => await exportLog(deps, organization),
    verify: async (organization): Promise<LogVerdict> =>
      verifyLog(await exportLog(deps, organization), { publicKey, origins, rpId }),
    verified,
    rootAt: async (organization, size) => (await verified(organization)).rootAt(size),
  };
}

function entries({ db }: ReceiptsDeps): Pick<Receipts, "list" | "ofHold" | "lastAt"> {
  return {
    list: async (organization, before, limit) =>
      await db.asOrganization(organization, async (tx) => {
        const take = Math.max(1, Math.min(limit, LIMITS.receiptListMax));
        const where = before === null ? {} : { index: { lt: BigInt(before) } };
        return (await tx.gateReceipts.findMany({ where, orderBy: { index: "desc" }, take })).map(toReceipt);
      }),
    ofHold: async (organization, hold) =>
      await db.asOrganization(organization, async (tx) => await receiptsOfHold(tx, organization, hold)),
    lastAt: async (organization) =>
      await db.asOrganization(organization, async (tx) => {
        const last = await tx.gateReceipts.findFirst({
          orderBy: { index: "desc" },
          select: { createdAt: true },
        });
        return last?.createdAt ?? null;
      }),
  };
}

async function readHead(tx: GateTransaction, organization: string): Promise<HeadRow> {
  const [row] = await tx.$queryRaw<HeadRow[]>`
    SELECT log_size, log_root, checkpoint FROM gate.organizations WHERE organization_id = ${organization}`;
  if (!row) throw new Problem("not-found", { what: "such organization" });
  return row;
}

async function exportLog({ db, identity }: ReceiptsDeps, organization: string): Promise<LogExport> {
  return await db.asOrganization(organization, async (tx) => {
    const head = await readHead(tx, organization);
    // Entries that came after the head was read belong to the next checkpoint.
    const rows = await tx.gateReceipts.findMany({
      where: { index: { lt: head.log_size } },
      orderBy: { index: "asc" },
    });
    const receipts = rows.map(({ index, kind, holdId, body, salt, leafHash }) => ({
      index: Number(index),
      kind,
      hold: holdId,
      body,
      salt,
      leafHash,
    }));
    const { installation } = identity;
    return {
      format: "nightgate.log.v1",
      installation,
      organization,
      checkpoint: head.checkpoint,
      receipts,
    };
  });
}

function toVerified({ frontier: { size }, roots }: HashedLog, checkpoint: string): VerifiedLog {
  return { size, root: roots[size] ?? EMPTY_ROOT, checkpoint, rootAt: (at) => roots[at] ?? null };
}
