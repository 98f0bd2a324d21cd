/** What a chain's schedule does when its time has come. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";
import type { ChainRow } from "./chain-row.ts";
import { cancelNight, createNight, liveNights } from "./nights.ts";

/** The part of a schedule that a chain needs. */
export interface ChainSchedule {
  id: string;
  chainId: string;
  timeZone: string;
  overlap: string;
}

export type ChainFire = { outcome: "run"; chainRunId: string } | { outcome: "overlap" };

/** Begins a night by the schedule's rule for those that are still going. */
export async function fireChain(tx: JobsTransaction, schedule: ChainSchedule, at: Date): Promise<ChainFire> {
  const live = await liveNights(tx, schedule.chainId);
  // A line of waiting nights has an end, too (invariant 12).
  const isFull = live.length >= LIMITS.chainRunsLiveMax;
  if (isFull || (live.length > 0 && schedule.overlap === "skip")) return { outcome: "overlap" };
  if (schedule.overlap === "cancel-running") for (const { id } of live) await cancelNight(tx, id);
  return { outcome: "run", chainRunId: await begin(tx, schedule, at, "schedule", schedule.id) };
}

/** Begins a night now, besides the schedule's times. Answers it. */
export async function fireChainNow(
  tx: JobsTransaction,
  schedule: ChainSchedule,
  person: string,
): Promise<string> {
  return await begin(tx, schedule, new Date(), "manual", person);
}

async function begin(
  tx: JobsTransaction,
  { chainId, timeZone }: ChainSchedule,
  at: Date,
  reason: "schedule" | "manual",
  startedBy: string,
): Promise<string> {
  const chain: ChainRow | null = await tx.jobsChains.findUnique({ where: { id: chainId } });
  if (chain === null || chain.deletedAt !== null) throw new Problem("not-found", { what: "chain" });
  return await createNight(tx, chain, { at, reason, timeZone, startedBy });
}
