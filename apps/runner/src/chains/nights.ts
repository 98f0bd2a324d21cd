/** A night of a chain: how it begins, and how somebody ends it before its time. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";
import { type ChainRow, type ChainRunRow, readChain, zoneOf } from "./chain-row.ts";

export interface NightWish {
  /** Made twice with the same id it is there once. */
  id?: string;
  at: Date;
  reason: "schedule" | "manual";
  /** The schedule's zone; the chain's own where nobody says. */
  timeZone?: string;
  startedBy: string;
}

/** Writes a night down with all of its jobs; it begins when the one before it is over. Answers its id. */
export async function createNight(tx: JobsTransaction, chain: ChainRow, wish: NightWish): Promise<string> {
  const parsed = readChain(chain.document);
  const live = await tx.jobsChainRuns.count({ where: { chainId: chain.id, endedAt: null } });
  const limit = LIMITS.chainRunsLiveMax;
  if (live >= limit) throw new Problem("too-many", { what: `nights of ${chain.name} that wait`, limit });
  const id = wish.id ?? newId("chainRun");
  const { organizationId } = chain;
  const { count } = await tx.jobsChainRuns.createMany({
    data: {
      organizationId,
      id,
      chainId: chain.id,
      document: chain.document,
      fireAt: wish.at,
      timeZone: wish.timeZone ?? (await zoneOf(tx, organizationId, parsed)),
      reason: wish.reason,
      startedBy: wish.startedBy,
    },
    skipDuplicates: true,
  });
  if (count === 0) return id;
  await tx.jobsChainJobs.createMany({
    data: parsed.jobs.map(({ name }, position) => ({ organizationId, chainRunId: id, key: name, position })),
  });
  return id;
}

/** Nights of the chain that are not over, the oldest first. */
export async function liveNights(tx: JobsTransaction, chain: string): Promise<ChainRunRow[]> {
  return await tx.jobsChainRuns.findMany({
    where: { chainId: chain, endedAt: null },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
  });
}

/** Wishes that the night ends: what goes is ended, what has not begun never begins. Answers whether it was going. */
export async function cancelNight(tx: JobsTransaction, night: string): Promise<boolean> {
  const { count } = await tx.jobsChainRuns.updateMany({
    where: { id: night, endedAt: null },
    data: { state: "cancelling" },
  });
  return count === 1;
}
