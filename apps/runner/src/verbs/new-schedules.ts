/** Makes schedules for verbs: once at an instant, or by a cron expression in a zone. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import type { JobPlan, ScheduleWhen } from "@nightgate/shared/jobs-inbox";
import { Problem } from "@nightgate/shared/problems";
import { instantOf, nextFires } from "@nightgate/shared/schedule-times";
import { LIMITS } from "../limits.ts";
import { createSchedule } from "../runs/schedules.ts";
import type { VerbCaller } from "./caller.ts";
import type { NewJobShape } from "./new-jobs.ts";

export interface WhenArgs {
  cron?: string | undefined;
  timezone?: string | undefined;
  /** An instant with its offset, or a time of day in `timezone`. */
  at?: string | undefined;
  in_seconds?: number | undefined;
  missed?: "coalesce" | "all" | "none" | undefined;
  overlap?: "skip" | "queue" | "cancel-running" | undefined;
  continuity?: "fresh" | "resume" | undefined;
  process_scope?: "per-fire" | "persistent" | undefined;
  name?: string | undefined;
  title?: string | undefined;
}

const NEXT_SHOWN = 3;
const NAME_CHARACTERS_MAX = 100;

/** Makes the schedule and its job. Problem `schedule.invalid` where it cannot be read, is past, or says two things. */
export async function makeSchedule(
  tx: JobsTransaction,
  caller: VerbCaller,
  job: NewJobShape & { plan?: JobPlan },
  args: WhenArgs,
  now: Date,
): Promise<{ schedule: string; next: string[] }> {
  const when = await whenOf(tx, caller, args, now);
  await checkBounds(tx, caller);
  const schedule = newId("schedule");
  const line = (args.name ?? args.title ?? job.prompt).trim().split("\n")[0]?.trim() ?? "";
  await createSchedule(
    tx,
    caller.organization,
    {
      kind: "schedule.create",
      schedule,
      name: line.slice(0, NAME_CHARACTERS_MAX),
      when,
      missed: args.missed ?? "coalesce",
      overlap: args.overlap ?? "skip",
      continuity: args.continuity ?? "fresh",
      // What agents have set going by themselves a person is asked about, once in a while.
      successesMax: caller.workstation === null ? null : LIMITS.agentScheduleSuccessesMax,
      ...job,
    },
    now,
  );
  // Its words go into the one session that there is, wherever that stands.
  if (args.process_scope === "persistent")
    await tx.jobsSchedules.update({ where: { id: schedule }, data: { message: job.prompt } });
  const next = "cron" in when ? nextFires(when.cron, when.timeZone, now, NEXT_SHOWN) : [new Date(when.at)];
  return { schedule, next: next.map((at) => at.toISOString()) };
}

/** Invariant 12. */
async function checkBounds(tx: JobsTransaction, { workstation }: VerbCaller): Promise<void> {
  if (workstation === null) return;
  const [row] = await tx.$queryRaw<
    { live: bigint }[]
  >`SELECT count(*) AS live FROM jobs.schedules s JOIN jobs.jobs j ON j.id = s.job_id
    WHERE s.deleted_at IS NULL AND s.next_at IS NOT NULL AND (j.workstation_id = ${workstation}
      OR j.parent_run_id IN (SELECT id FROM jobs.runs WHERE workstation_id = ${workstation}))`;
  const limit = LIMITS.schedulesPerWorkstationMax;
  if (row !== undefined && row.live >= limit)
    throw new Problem("too-many", { what: "schedules of this workstation", limit });
}

async function whenOf(
  tx: JobsTransaction,
  { organization }: VerbCaller,
  { cron, timezone, at, in_seconds: inSeconds }: WhenArgs,
  now: Date,
): Promise<ScheduleWhen> {
  if ([cron, at, inSeconds].filter((each) => each !== undefined).length !== 1)
    throw new Problem("schedule.invalid", {
      why: "it needs one time: an instant, so many seconds from now, or cron",
    });
  const timeZone = timezone ?? (await zoneOf(tx, organization));
  if (cron !== undefined) return { cron, timeZone };
  const instant =
    at === undefined ? now.getTime() + (inSeconds ?? 0) * 1000 : instantOf(at, timeZone, now).getTime();
  return { at: instant, timeZone };
}

/** The organization's time zone. */
export async function zoneOf(tx: JobsTransaction, organization: string): Promise<string> {
  const row = await tx.controlOrganizations.findUnique({
    where: { organizationId: organization },
    select: { timeZone: true },
  });
  return row?.timeZone ?? "UTC";
}
