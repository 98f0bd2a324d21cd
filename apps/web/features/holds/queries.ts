/** Reads holds through the gate's view, which has no payload, assertion or key in it. */
import type { ControlTransaction } from "@nightgate/db/control";
import { limits } from "../../limits.ts";
import type { HoldRow } from "./present.ts";

const SHOWN = {
  id: true,
  kind: true,
  state: true,
  card: true,
  runId: true,
  words: true,
  outcome: true,
  supersededBy: true,
  createdAt: true,
  expiresAt: true,
  decidedAt: true,
  endedAt: true,
} as const;

/** States in which a person has something to do at the gate. */
const WAITING = ["pending", "unknown"];

/** The holds of these runs, oldest first, the newest ones when there are too many. */
export async function holdsOfRuns(tx: ControlTransaction, runs: string[]): Promise<HoldRow[]> {
  const rows = await tx.gateHoldView.findMany({
    where: { runId: { in: runs } },
    orderBy: { createdAt: "desc" },
    take: limits.holdsPerTaskMax,
    select: SHOWN,
  });
  return rows.toReversed();
}

/** What waits for a passkey, oldest first. */
export async function waitingHolds(tx: ControlTransaction): Promise<HoldRow[]> {
  return await tx.gateHoldView.findMany({
    where: { state: { in: WAITING } },
    orderBy: { createdAt: "asc" },
    take: limits.holdsPerTaskMax,
    select: SHOWN,
  });
}

/** How many holds wait for a passkey. */
export async function countWaitingHolds(tx: ControlTransaction): Promise<number> {
  return await tx.gateHoldView.count({ where: { state: { in: WAITING } } });
}
