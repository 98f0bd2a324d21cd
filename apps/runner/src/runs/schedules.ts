/** What a person may ask of schedules, and what a schedule does when its time has come: each inside one transaction. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import type { JobsInboxMessage } from "@nightgate/shared/jobs-inbox";
import { Problem } from "@nightgate/shared/problems";
import { checkSchedule, firesBetween, nextFires } from "@nightgate/shared/schedule-times";
import { fireChain, fireChainNow } from "../chains/fire-chain.ts";
import { LIMITS } from "../limits.ts";
import { insertJob } from "../store/new-job.ts";
import { AT_ONCE, createRun, latestRun } from "../store/new-run.ts";
import { promptJob, wishCancel } from "./requests.ts";

type Message<Kind extends JobsInboxMessage["kind"]> = Extract<JobsInboxMessage, { kind: Kind }>;
export type ScheduleRow = NonNullable<Awaited<ReturnType<JobsTransaction["jobsSchedules"]["findUnique"]>>>;

/** Asked twice with the same ids it is done once. Problem `schedule.invalid` where it cannot be read or never fires. */
export async function createSchedule(
  tx: JobsTransaction,
  organization: string,
  message: Message<"schedule.create">,
  now: Date,
): Promise<void> {
  const { when } = message;
  const cron = "cron" in when ? when.cron : null;
  checkSchedule(cron ?? "@daily", when.timeZone);
  const nextAt =
    "cron" in when ? (nextFires(when.cron, when.timeZone, now, 1)[0] ?? null) : new Date(when.at);
  if (nextAt === null || nextAt <= now)
    throw new Problem("schedule.invalid", { why: "its time is in the past" });
  const live = await tx.jobsSchedules.count({ where: { deletedAt: null } });
  if (live >= LIMITS.schedulesMax)
    throw new Problem("too-many", { what: "schedules", limit: LIMITS.schedulesMax });
  await insertJob(tx, organization, message);
  await tx.jobsSchedules.createMany({
    data: {
      organizationId: organization,
      id: message.schedule,
      jobId: message.job,
      name: message.name,
      cron,
      timeZone: when.timeZone,
      missed: message.missed,
      overlap: message.overlap,
      continuity: message.continuity,
      successesMax: message.successesMax,
      nextAt,
      createdBy: message.person,
    },
    skipDuplicates: true,
  });
}

/** A schedule that goes on begins with the next instant: what passed while it was paused is not made up for. */
export async function pauseSchedule(
  tx: JobsTransaction,
  { schedule, paused }: Message<"schedule.pause">,
  now: Date,
): Promise<void> {
  const row = await findSchedule(tx, schedule);
  const nextAt = row.cron === null ? row.nextAt : (nextFires(row.cron, row.timeZone, now, 1)[0] ?? null);
  await tx.jobsSchedules.update({
    where: { id: schedule },
    data: { paused, pauseReason: "", ...(!paused && { nextAt, successes: 0 }) },
  });
}

/** Its runs and its job stay. */
export async function deleteSchedule(
  tx: JobsTransaction,
  { schedule }: Message<"schedule.delete">,
  now: Date,
): Promise<void> {
  await findSchedule(tx, schedule);
  await tx.jobsSchedules.update({ where: { id: schedule }, data: { deletedAt: now, nextAt: null } });
}

/** A run (or a night of its chain) now, besides its times; it is kept as a fire of this instant. Answers the run. */
export async function fireNow(
  tx: JobsTransaction,
  organization: string,
  { schedule, run, person }: Message<"schedule.fire">,
): Promise<string | null> {
  const row = await findSchedule(tx, schedule);
  if (row.chainId !== null) {
    const { id, chainId, timeZone, overlap } = row;
    const chainRun = await fireChainNow(tx, { id, chainId, timeZone, overlap }, person);
    await tx.$executeRaw`INSERT INTO jobs.fires (organization_id, schedule_id, due_at, outcome, chain_run_id)
      VALUES (${organization}, ${schedule}, now(), 'run', ${chainRun}) ON CONFLICT DO NOTHING`;
    return null;
  }
  // Words may have reached a run that was there.
  const told = await startRun(tx, organization, row, run);
  await tx.$executeRaw`INSERT INTO jobs.fires (organization_id, schedule_id, due_at, outcome, run_id)
    VALUES (${organization}, ${schedule}, now(), 'run', ${told}) ON CONFLICT DO NOTHING`;
  return told;
}

async function findSchedule(tx: JobsTransaction, schedule: string): Promise<ScheduleRow> {
  const row = await tx.jobsSchedules.findUnique({ where: { id: schedule } });
  if (row === null || row.deletedAt !== null) throw new Problem("not-found", { what: "schedule" });
  return row;
}

/**
 * Fires a schedule whose time has come, for every instant up to `now` that its rule for missed ones asks for.
 * Answers the runs that have news. A fire is a row keyed by its instant: told twice it happens once.
 */
export async function fireDue(
  tx: JobsTransaction,
  organization: string,
  row: ScheduleRow,
  now: Date,
): Promise<string[]> {
  if (row.nextAt === null) return [];
  const later =
    row.cron === null
      ? []
      : firesBetween(row.cron, row.timeZone, new Date(row.nextAt.getTime() + 1), now, LIMITS.missedFiresMax);
  const passed = [row.nextAt, ...later];
  const last = passed.at(-1) ?? row.nextAt;
  const late = now.getTime() - last.getTime() > LIMITS.missedAfterMs;
  const wanted = row.missed === "all" ? passed : row.missed === "coalesce" || !late ? [last] : [];
  await markMissed(tx, organization, row.id, passed.slice(0, passed.length - wanted.length));
  const touched: string[] = [];
  for (const dueAt of wanted) touched.push(...(await fireOnce(tx, organization, row, dueAt)));
  const nextAt = row.cron === null ? null : (nextFires(row.cron, row.timeZone, now, 1)[0] ?? null);
  await tx.jobsSchedules.update({ where: { id: row.id }, data: { nextAt } });
  return touched;
}

/** In one statement: after a long night there are many. */
async function markMissed(
  tx: JobsTransaction,
  organization: string,
  schedule: string,
  instants: readonly Date[],
): Promise<void> {
  if (instants.length === 0) return;
  await tx.jobsFires.createMany({
    data: instants.map((dueAt) => ({
      organizationId: organization,
      scheduleId: schedule,
      dueAt,
      outcome: "missed",
    })),
    skipDuplicates: true,
  });
}

async function fireOnce(
  tx: JobsTransaction,
  organization: string,
  row: ScheduleRow,
  dueAt: Date,
): Promise<string[]> {
  const fire = { organizationId: organization, scheduleId: row.id, dueAt };
  if ((await tx.jobsFires.count({ where: { scheduleId: row.id, dueAt } })) > 0) return [];
  if (row.chainId !== null) {
    const { id, chainId, timeZone, overlap } = row;
    const fired = await fireChain(tx, { id, chainId, timeZone, overlap }, dueAt);
    await tx.jobsFires.create({ data: { ...fire, ...fired } });
    return [];
  }
  const live = await tx.jobsRuns.findMany({
    where: { jobId: row.jobId, endedAt: null },
    select: { id: true, state: true },
  });
  // Words do not begin a second run: they reach the one that is there, unless it is just being ended.
  const stands = row.message === null ? live.length > 0 : live.some(({ state }) => state === "cancelling");
  if (stands && row.overlap === "skip") {
    await tx.jobsFires.create({ data: { ...fire, outcome: "overlap" } });
    return [];
  }
  const ending = row.overlap === "cancel-running" ? live.map(({ id }) => id) : [];
  for (const run of ending) await wishCancel(tx, run);
  const run = await startRun(tx, organization, row, newId("run"));
  await tx.jobsFires.create({ data: { ...fire, firedAt: new Date(), outcome: "run", runId: run } });
  return [...ending, run];
}

/** The job's words as they are now, also where the session is an old one: instructions that were changed count. */
async function startRun(
  tx: JobsTransaction,
  organization: string,
  row: ScheduleRow,
  run: string,
): Promise<string> {
  const latest = await latestRun(tx, row.jobId);
  // Words to a job go into its session, wherever that stands.
  if (row.message !== null && latest !== null)
    return await promptJob(tx, organization, {
      kind: "job.prompt",
      job: row.jobId,
      run,
      person: row.createdBy,
      prompt: row.message,
    });
  const job = await tx.jobsJobs.findUniqueOrThrow({ where: { id: row.jobId } });
  const before = row.continuity === "resume" ? latest : null;
  return await createRun(tx, organization, {
    ...AT_ONCE,
    job: row.jobId,
    run,
    session: before?.session ?? null,
    prompt: job.prompt,
  });
}
