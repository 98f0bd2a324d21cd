/** Schedules in Postgres: one whose time has come is fired under its row's lock, so that of several runners one does. */
import type { JobsDatabase } from "@nightgate/db/jobs";
import { nextFires } from "@nightgate/shared/schedule-times";
import { LIMITS } from "../limits.ts";
import { fireDue } from "../runs/schedules.ts";

export interface Due {
  /** Those that wait longest first, at most one batch. */
  due: string[];
  /** When the next one is due; null if none is. */
  nextAt: Date | null;
}

export interface ScheduleStore {
  /** Which are due, but for those that are named. */
  look(organization: string, now: Date, without: readonly string[]): Promise<Due>;
  /**
   * Fires one, in a transaction of its own: what fails, fails alone, and what is fired is not late because much else is. Answers the runs that
   * have news; null if it is not due any more, or somebody else is at it.
   */
  fire(organization: string, schedule: string, now: Date): Promise<string[] | null>;
  /** Reckons the next time anew where it was reckoned by a clock that was ahead: such a schedule would rest until that time comes again. */
  setRight(organization: string, now: Date): Promise<void>;
}

/** The store over the runner's own schema. */
export function createScheduleStore(db: Pick<JobsDatabase, "asOrganization">): ScheduleStore {
  return {
    look: async (organization, now, without) =>
      await db.asOrganization(organization, async (tx) => {
        const due = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM jobs.schedules
          WHERE next_at <= ${now} AND NOT paused AND deleted_at IS NULL AND NOT id = ANY(${[...without]}::text[])
          ORDER BY next_at, id LIMIT ${LIMITS.firesBatch}`;
        const [next] = await tx.$queryRaw<{ at: Date | null }[]>`SELECT min(next_at) AS at FROM jobs.schedules
          WHERE next_at > ${now} AND NOT paused AND deleted_at IS NULL`;
        return { due: due.map(({ id }) => id), nextAt: next?.at ?? null };
      }),
    fire: async (organization, schedule, now) =>
      await db.asOrganization(organization, async (tx) => {
        const locked = await tx.$queryRaw<unknown[]>`SELECT FROM jobs.schedules
          WHERE id = ${schedule} AND next_at <= ${now} AND NOT paused AND deleted_at IS NULL FOR UPDATE SKIP LOCKED`;
        if (locked.length === 0) return null;
        const row = await tx.jobsSchedules.findUniqueOrThrow({ where: { id: schedule } });
        return await fireDue(tx, organization, row, now);
      }),
    setRight: async (organization, now) =>
      await db.asOrganization(organization, async (tx) => {
        // What says so is that it has fired, or was made, at a time that has not come yet.
        const rows = await tx.$queryRaw<{ id: string; cron: string; time_zone: string }[]>`
          SELECT id, cron, time_zone FROM jobs.schedules s WHERE cron IS NOT NULL AND next_at > ${now} AND NOT paused AND deleted_at IS NULL
            AND (created_at > ${now} OR EXISTS (SELECT FROM jobs.fires f WHERE f.schedule_id = s.id AND f.due_at > ${now}))
          FOR UPDATE SKIP LOCKED`;
        for (const { id, cron, time_zone: timeZone } of rows) {
          // An instant that has run does not run again. One that was passed over by mistake does.
          await tx.$executeRaw`DELETE FROM jobs.fires WHERE schedule_id = ${id} AND due_at > ${now} AND outcome <> 'run'`;
          const [nextAt] = nextFires(cron, timeZone, now, 1);
          if (nextAt !== undefined) await tx.jobsSchedules.update({ where: { id }, data: { nextAt } });
        }
      }),
  };
}
