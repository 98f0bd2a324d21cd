/** The receipts of one hold, each checked against its own leaf. Found by the body, which the leaf covers, and not by the column beside it, which it does not. */
import type { GateTransaction } from "@nightgate/db/gate";
import { saltedLeaf } from "@nightgate/evidence/leaf";
import { Problem } from "@nightgate/shared/problems";
import type { ReceiptRow } from "../core/ports.ts";

export type ReceiptsRow = NonNullable<Awaited<ReturnType<GateTransaction["gateReceipts"]["findFirst"]>>>;

/** Oldest first. Throws Problem log.unusable for one whose content was changed. */
export async function receiptsOfHold(
  tx: GateTransaction,
  organization: string,
  hold: string,
): Promise<ReceiptRow[]> {
  const found = await tx.$queryRaw<
    { index: bigint }[]
  >`SELECT index FROM gate.receipts WHERE organization_id = ${organization} AND body ->> 'hold' = ${hold}`;
  const rows = await tx.gateReceipts.findMany({
    where: { index: { in: found.map((entry) => entry.index) } },
    orderBy: { index: "asc" },
  });
  for (const row of rows) refuseChanged(row);
  return rows.map(toReceipt);
}

export function toReceipt(row: ReceiptsRow): ReceiptRow {
  return {
    index: Number(row.index),
    kind: row.kind,
    hold: row.holdId,
    body: row.body,
    leafHash: row.leafHash,
    createdAt: row.createdAt,
  };
}

function refuseChanged(row: ReceiptsRow): void {
  if (row.body === null) return;
  if (row.salt === null || saltedLeaf(row.salt, row.body) !== row.leafHash)
    throw new Problem("log.unusable", { why: `entry ${row.index} was changed` });
}
