/** Carries out the verbs of schedules. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { checkSchedule, nextFires } from "@nightgate/shared/schedule-times";
import type { scheduleVerbs } from "@nightgate/shared/verbs/schedule-verbs";
import { deleteSchedule, fireNow, pauseSchedule } from "../runs/schedules.ts";
import { type FallbackArgs, namedFallback } from "../store/fallbacks.ts";
import type { Answered, Handlers, VerbCaller } from "./caller.ts";
import { adopt, newJob, type NewJobArgs } from "./new-jobs.ts";
import { makeSchedule, type WhenArgs, zoneOf } from "./new-schedules.ts";
import { makeReminder } from "./reminders.ts";
import { seenJob, workstationNames } from "./seen-jobs.ts";

interface Made {
  schedule: string;
  job: string;
  next: string[];
}

export const scheduleHandlers: Handlers<typeof scheduleVerbs> = {
  schedule_create: async (tx, caller, args, now) => await make(tx, caller, args, now),
  schedule_cron: async (tx, caller, args, now) => await make(tx, caller, args, now),
  schedule_self: async (tx, caller, args, now) => ({ result: await makeReminder(tx, caller, args, now) }),
  schedule_preview: async (tx, { organization }, { cron, timezone, count }, now) => {
    const zone = timezone ?? (await zoneOf(tx, organization));
    checkSchedule(cron, zone);
    return {
      result: { timezone: zone, next: nextFires(cron, zone, now, count).map((at) => at.toISOString()) },
    };
  },
  schedule_list: async (tx, { workstation }, { limit }) => {
    const rows = await tx.$queryRaw<ListedSchedule[]>`
      SELECT s.id, s.name, s.job_id AS job, j.workstation_id AS workstation, s.cron, s.time_zone, s.paused, s.next_at
      FROM jobs.schedules s JOIN jobs.jobs j ON j.id = s.job_id
      WHERE s.deleted_at IS NULL AND (${workstation}::text IS NULL OR j.workstation_id = ${workstation}
        OR j.parent_run_id IN (SELECT id FROM jobs.runs WHERE workstation_id = ${workstation}))
      ORDER BY s.next_at NULLS LAST, s.id LIMIT ${limit}`;
    const nameOf = await workstationNames(tx);
    const schedules = rows.map(({ id, time_zone: timezone, next_at: next, ...row }) => ({
      schedule: id,
      ...row,
      workstation: nameOf(row.workstation),
      timezone,
      next: next?.toISOString() ?? null,
    }));
    return { result: { schedules } };
  },
  schedule_pause: async (tx, caller, { schedule, paused }, now) => {
    const person = await personOf(tx, caller, schedule);
    await pauseSchedule(tx, { kind: "schedule.pause", schedule, person, paused }, now);
    const { nextAt } = await tx.jobsSchedules.findUniqueOrThrow({ where: { id: schedule } });
    return { result: { schedule, paused, next: nextAt?.toISOString() ?? null } };
  },
  schedule_run: async (tx, caller, { schedule }) => {
    const person = await personOf(tx, caller, schedule);
    const message = { kind: "schedule.fire", schedule, run: newId("run"), person } as const;
    const run = await fireNow(tx, caller.organization, message);
    return { result: { schedule, run }, touched: run === null ? [] : [run] };
  },
  schedule_delete: async (tx, caller, { schedule }, now) => {
    const person = await personOf(tx, caller, schedule);
    await deleteSchedule(tx, { kind: "schedule.delete", schedule, person }, now);
    return { result: { schedule } };
  },
};

/** In whose name the schedule is changed. Problem `not-found` where the caller does not see its job. */
async function personOf(tx: JobsTransaction, caller: VerbCaller, schedule: string): Promise<string> {
  const row = await tx.jobsSchedules.findUnique({ where: { id: schedule } });
  if (row === null || row.deletedAt !== null)
    throw new Problem("not-found", { what: `schedule ${schedule}` });
  await seenJob(tx, caller, row.jobId);
  return caller.person ?? row.createdBy;
}

interface ListedSchedule {
  id: string;
  name: string;
  job: string;
  workstation: string;
  cron: string | null;
  time_zone: string;
  paused: boolean;
  next_at: Date | null;
}

async function make(
  tx: JobsTransaction,
  caller: VerbCaller,
  args: NewJobArgs & WhenArgs & FallbackArgs,
  now: Date,
): Promise<Answered<Made>> {
  const shape = await newJob(tx, caller, args);
  const fallback = await namedFallback(tx, args, shape.workstation);
  const planned = fallback === null ? shape : { ...shape, plan: { fallback } };
  const made = await makeSchedule(tx, caller, planned, args, now);
  await adopt(tx, caller, shape.job, args);
  return { result: { ...made, job: shape.job } };
}
