/** Carries out the verbs of jobs. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import type { RunState } from "@nightgate/shared/run-states";
import type { jobVerbs } from "@nightgate/shared/verbs/job-verbs";
import { promptJob, retryJob, wishCancel } from "../runs/requests.ts";
import { isTerminal } from "../store/run-store.ts";
import type { Handlers, VerbCaller } from "./caller.ts";
import { createJobVerb } from "./job-create.ts";
import { eventLines } from "./job-events.ts";
import { type JobStanding, standingOf } from "./job-standing.ts";
import { listJobs, seenJob, workstationNamed, workstationNames } from "./seen-jobs.ts";

/** States in which nothing happens before a person has done something. */
const AWAITS_PERSON: ReadonlySet<RunState> = new Set([
  "awaiting_approval",
  "awaiting_input",
  "needs_auth",
  "stalled",
]);

export const jobHandlers: Handlers<typeof jobVerbs> = {
  job_create: createJobVerb,
  job_list: async (tx, caller, { state, workstation, limit }) => {
    const rows = await listJobs(tx, caller, {
      states: state ?? null,
      workstation: workstation === undefined ? null : await workstationNamed(tx, workstation),
      limit,
    });
    const nameOf = await workstationNames(tx);
    return {
      result: {
        jobs: rows.map(({ id, created_at, ended_at, ...row }) => ({
          job: id,
          ...row,
          workstation: nameOf(row.workstation),
          created_at: created_at.toISOString(),
          ended_at: ended_at?.toISOString() ?? null,
        })),
      },
    };
  },
  job_status: async (tx, caller, { job }) => ({
    result: await standingOf(tx, await seenJob(tx, caller, job)),
  }),
  job_show: async (tx, caller, { job }) => ({ result: await showJob(tx, caller, job) }),
  job_cancel: async (tx, caller, { job }) => {
    await seenJob(tx, caller, job);
    const live = await tx.jobsRuns.findMany({ where: { jobId: job, endedAt: null }, select: { id: true } });
    const cancelled = live.map(({ id }) => id);
    for (const run of cancelled) await wishCancel(tx, run);
    return { result: { job, cancelled }, touched: cancelled };
  },
  job_interrupt: async (tx, caller, { job }) => {
    await seenJob(tx, caller, job);
    const live = await tx.jobsRuns.findFirst({
      where: { jobId: job, state: "running" },
      orderBy: { createdAt: "desc" },
      select: { id: true },
    });
    if (live === null) throw new Problem("run.not-live", { what: "interrupted" });
    return { result: { job, run: live.id }, interrupted: [live.id] };
  },
  job_run: async (tx, caller, { job, prompt }) => {
    const seen = await seenJob(tx, caller, job);
    const ask = { job, run: newId("run"), person: caller.person ?? seen.createdBy };
    if (prompt !== undefined) {
      const told = await promptJob(tx, caller.organization, { kind: "job.prompt", ...ask, prompt });
      return { result: { job, run: told }, touched: [told] };
    }
    return await again(tx, caller, ask);
  },
  job_retry: async (tx, caller, { job }) => {
    const seen = await seenJob(tx, caller, job);
    return await again(tx, caller, { job, run: newId("run"), person: caller.person ?? seen.createdBy });
  },
  job_wait: async (tx, caller, { jobs }) => {
    const standings: JobStanding[] = [];
    for (const job of new Set(jobs)) standings.push(await standingOf(tx, await seenJob(tx, caller, job)));
    const done = standings.every(
      ({ state }) => state !== null && (isTerminal(state) || AWAITS_PERSON.has(state)),
    );
    const failed = standings.some(
      ({ state }) => state !== null && isTerminal(state) && state !== "succeeded",
    );
    return { result: { done, failed, jobs: standings }, pending: !done };
  },
  job_logs: async (tx, caller, { job, run, after, limit }) => {
    const { id } = await seenJob(tx, caller, job);
    const row = await tx.jobsRuns.findFirst({
      where: { jobId: id, ...(run !== undefined && { id: run }) },
      orderBy: [{ createdAt: "desc" }, { id: "desc" }],
      select: { id: true, state: true, lastSeq: true },
    });
    if (row === null)
      throw new Problem("not-found", { what: run === undefined ? "run of this job" : `run ${run}` });
    const events = await eventLines(tx, row.id, after ?? null, limit);
    return { result: { run: row.id, state: row.state as RunState, events, last: row.lastSeq } };
  },
};

async function again(
  tx: JobsTransaction,
  { organization }: VerbCaller,
  ask: { job: string; run: string; person: string },
): Promise<{ result: { job: string; run: string }; touched: string[] }> {
  const run = await retryJob(tx, organization, { kind: "job.retry", ...ask });
  return { result: { job: ask.job, run }, touched: [run] };
}

async function showJob(
  tx: JobsTransaction,
  caller: VerbCaller,
  id: string,
): Promise<Awaited<ReturnType<Handlers<typeof jobVerbs>["job_show"]>>["result"]> {
  const seen = await seenJob(tx, caller, id);
  const job = await tx.jobsJobs.findUniqueOrThrow({ where: { id } });
  const runs = await tx.jobsRuns.findMany({
    where: { jobId: id },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: 50,
  });
  const schedule = await tx.jobsSchedules.findFirst({
    where: { jobId: id, deletedAt: null },
    select: { id: true },
  });
  const parent = seen.parentRun;
  return {
    ...(await standingOf(tx, seen, true)),
    prompt: job.prompt,
    repository: job.repositoryUrl,
    priority: job.priority,
    timeout_seconds: job.timeoutSeconds,
    retries: job.retriesMax,
    // Those of the organization's, the workstation's and the folder's slots are everybody's.
    locks: (runs[0]?.locks ?? []).filter((key) => key.startsWith("named/")),
    parent_run: parent,
    schedule: schedule?.id ?? null,
    deliver: job.deliver,
    fallback:
      job.fallbackAgent === null && job.fallbackModelId === null
        ? null
        : { agent: job.fallbackAgent, model: job.fallbackModelId, after_minutes: job.fallbackAfterMinutes },
    fell_back_at: runs[0]?.fellBackAt?.toISOString() ?? null,
    late_result: runs[0]?.lateResult ?? "",
    runs: runs.map((run) => ({
      run: run.id,
      state: run.state as RunState,
      attempt: run.attempt,
      created_at: run.createdAt.toISOString(),
      ended_at: run.endedAt?.toISOString() ?? null,
    })),
  };
}
