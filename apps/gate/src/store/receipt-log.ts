/** Reading the log: for the pages, for exports, and for core, which believes an entry only after its leaf was found in the signed tree. */
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import { appendLeaf, EMPTY_FRONTIER, frontierRoot } from "@nightgate/evidence/merkle";
import { type LogExport, type LogVerdict, verifyLog } from "@nightgate/evidence/verify-log";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../core/limits.ts";
import type { ReceiptLog } from "../core/ports.ts";
import type { GateIdentity, LogReader, VerifiedLog } from "../core/store-ports.ts";
import { receiptsOfHold, toReceipt } from "./hold-receipts.ts";
import type { HeadRow, LogHeads } from "./log-heads.ts";

export interface Receipts extends ReceiptLog, LogReader {
  /** Everything that is needed to verify offline, but the key (it must come from elsewhere). */
  exportLog(organization: string): Promise<LogExport>;
}

export function createReceipts({
  db,
  heads,
  identity,
  publicKey,
}: {
  db: GateDatabase;
  heads: LogHeads;
  identity: GateIdentity;
  publicKey: string;
}): Receipts {
  const readHead = async (tx: GateTransaction, organization: string): Promise<HeadRow> => {
    const [row] = await tx.$queryRaw<
      HeadRow[]
    >`SELECT log_size, log_root, checkpoint FROM gate.organizations WHERE organization_id = ${organization}`;
    if (!row) throw new Problem("not-found", { what: "such organization" });
    return row;
  };
  const exportLog = async (organization: string): Promise<LogExport> =>
    await db.asOrganization(organization, async (tx) => {
      const { checkpoint } = await readHead(tx, organization);
      const rows = await tx.gateReceipts.findMany({ orderBy: { index: "asc" } });
      const receipts = rows.map((row) => ({
        index: Number(row.index),
        kind: row.kind,
        hold: row.holdId,
        body: row.body,
        salt: row.salt,
        leafHash: row.leafHash,
      }));
      return {
        format: "nightgate.log.v1",
        installation: identity.installation,
        organization,
        checkpoint,
        receipts,
      };
    });
  return {
    exportLog,
    list: async (organization, before, limit) =>
      await db.asOrganization(organization, async (tx) => {
        const take = Math.max(1, Math.min(limit, LIMITS.receiptListMax));
        const rows = await tx.gateReceipts.findMany({
          where: before === null ? {} : { index: { lt: BigInt(before) } },
          orderBy: { index: "desc" },
          take,
        });
        return rows.map(toReceipt);
      }),
    checkpoint: async (organization) =>
      await db.asOrganization(organization, async (tx) => (await readHead(tx, organization)).checkpoint),
    verify: async (organization): Promise<LogVerdict> =>
      verifyLog(await exportLog(organization), { publicKey, origin: identity.origin, rpId: identity.rpId }),
    verified: async (organization) =>
      await db.asOrganization(organization, async (tx) => {
        // The share lock keeps appends out between reading the head and reading the leaves.
        const [row] = await tx.$queryRaw<
          HeadRow[]
        >`SELECT log_size, log_root, checkpoint FROM gate.organizations WHERE organization_id = ${organization} FOR UPDATE`;
        if (!row) throw new Problem("not-found", { what: "such organization" });
        return toVerified(await heads.proveAll(tx, organization, row), row.checkpoint);
      }),
    ofHold: async (organization, hold) =>
      await db.asOrganization(organization, async (tx) => await receiptsOfHold(tx, organization, hold)),
    lastAt: async (organization) =>
      await db.asOrganization(
        organization,
        async (tx) =>
          (await tx.gateReceipts.findFirst({ orderBy: { index: "desc" }, select: { createdAt: true } }))
            ?.createdAt ?? null,
      ),
  };
}

function toVerified(leaves: readonly string[], checkpoint: string): VerifiedLog {
  const roots = [frontierRoot(EMPTY_FRONTIER)];
  let frontier = EMPTY_FRONTIER;
  for (const leaf of leaves) {
    frontier = appendLeaf(frontier, leaf);
    roots.push(frontierRoot(frontier));
  }
  return {
    size: leaves.length,
    root: frontierRoot(frontier),
    checkpoint,
    rootAt: (size) => roots[size] ?? null,
  };
}
