/** Schedules in Postgres: those whose time has come are fired under their row's lock, so that several runners fire each once. */
import type { JobsDatabase } from "@nightgate/db/jobs";
import { LIMITS } from "../limits.ts";
import { fireDue, type ScheduleRow } from "../runs/schedules.ts";

export interface Fired {
  /** Runs that have news. */
  touched: string[];
  /** When the next one is due; null if none is. */
  nextAt: Date | null;
  /** There are more due ones than one batch. */
  more: boolean;
}

export interface ScheduleStore {
  fireDue(organization: string, now: Date): Promise<Fired>;
}

/** The store over the runner's own schema. */
export function createScheduleStore(db: JobsDatabase): ScheduleStore {
  return {
    fireDue: async (organization, now) =>
      await db.asOrganization(organization, async (tx) => {
        const due = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM jobs.schedules
          WHERE next_at <= ${now} AND NOT paused AND deleted_at IS NULL
          ORDER BY next_at LIMIT ${LIMITS.firesBatch} FOR UPDATE SKIP LOCKED`;
        const rows: ScheduleRow[] = await tx.jobsSchedules.findMany({
          where: { id: { in: due.map(({ id }) => id) } },
          orderBy: { nextAt: "asc" },
        });
        const touched: string[] = [];
        for (const row of rows) touched.push(...(await fireDue(tx, organization, row, now)));
        const [next] = await tx.$queryRaw<{ at: Date | null }[]>`SELECT min(next_at) AS at FROM jobs.schedules
          WHERE next_at IS NOT NULL AND NOT paused AND deleted_at IS NULL`;
        return { touched, nextAt: next?.at ?? null, more: rows.length === LIMITS.firesBatch };
      }),
  };
}
