/** The schedules of a chain: as its document says, and no others. */
import type { Chain } from "@nightgate/chains/chain";
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { nextFires } from "@nightgate/shared/schedule-times";
import { type ChainRow, organizationZone } from "./chain-row.ts";

/** Answers whether anything had to be changed. A schedule that stays keeps its next time. */
export async function keepSchedules(
  tx: JobsTransaction,
  row: ChainRow,
  chain: Chain,
  now: Date,
): Promise<boolean> {
  const zone = await organizationZone(tx, row.organizationId);
  const wanted = chain.schedules.map(({ cron, timeZone, missed, overlap }) => ({
    cron,
    timeZone: timeZone ?? zone,
    missed,
    overlap,
  }));
  const there = await tx.jobsSchedules.findMany({ where: { chainId: row.id, deletedAt: null } });
  const left = [...there];
  let changed = false;
  for (const each of wanted) {
    const index = left.findIndex(
      ({ cron, timeZone, missed, overlap }) =>
        cron === each.cron &&
        timeZone === each.timeZone &&
        missed === each.missed &&
        overlap === each.overlap,
    );
    if (index >= 0) {
      left.splice(index, 1);
      continue;
    }
    changed = true;
    await tx.jobsSchedules.create({
      data: {
        organizationId: row.organizationId,
        id: newId("schedule"),
        jobId: row.jobId,
        chainId: row.id,
        name: row.name,
        ...each,
        paused: !row.enabled,
        nextAt: nextFires(each.cron, each.timeZone, now, 1)[0] ?? null,
        createdBy: row.createdBy,
      },
    });
  }
  for (const { id } of left)
    await tx.jobsSchedules.update({ where: { id }, data: { deletedAt: now, nextAt: null } });
  return changed || left.length > 0;
}

/** Lets them rest, or go on with their next times. */
export async function pauseSchedules(
  tx: JobsTransaction,
  row: ChainRow,
  paused: boolean,
  now: Date,
): Promise<void> {
  for (const { id, cron, timeZone } of await tx.jobsSchedules.findMany({
    where: { chainId: row.id, deletedAt: null },
  })) {
    const nextAt = cron === null ? null : (nextFires(cron, timeZone, now, 1)[0] ?? null);
    await tx.jobsSchedules.update({
      where: { id },
      data: { paused, pauseReason: "", ...(!paused && { nextAt }) },
    });
  }
}
