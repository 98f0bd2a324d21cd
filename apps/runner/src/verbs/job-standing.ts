/** How jobs stand, as verbs answer it. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { sayQueuedWhy } from "@nightgate/shared/queued-why";
import type { RunState } from "@nightgate/shared/run-states";
import { testCounts } from "@nightgate/shared/verbs/human-verbs";
import type { jobVerbs } from "@nightgate/shared/verbs/job-verbs";
import type { z } from "zod";
import { LIMITS } from "../limits.ts";
import { whoIsAwaited } from "../peers/answers.ts";
import { type SeenJob, workstationNames } from "./seen-jobs.ts";

export type JobStanding = z.output<typeof jobVerbs.job_status.result>;

/** The job with its latest run. `result` is cut unless it is wanted whole. */
export async function standingOf(tx: JobsTransaction, job: SeenJob, whole = false): Promise<JobStanding> {
  const run = await tx.jobsRuns.findFirst({
    where: { jobId: job.id },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
  });
  const nameOf = await workstationNames(tx);
  const base = {
    job: job.id,
    title: job.title,
    agent: job.agent,
    workstation: nameOf(job.workstation),
    created_at: job.createdAt.toISOString(),
  };
  if (run === null) return { ...base, ...NO_RUN };
  const length = whole ? LIMITS.resultCharactersMax : LIMITS.verbExcerptCharactersMax;
  return {
    ...base,
    state: run.state as RunState,
    run: run.id,
    attempt: run.attempt,
    started_at: instant(run.startedAt),
    ended_at: instant(run.endedAt),
    due_at: instant(run.dueAt),
    resume_at: instant(run.resumeAt),
    result: cut(run.result, length),
    error: cut(run.error, length),
    waits: run.state === "blocked" ? await whoIsAwaited(tx, run.id) : await whyQueued(tx, run.id),
    progress: run.progress,
    percent: run.percent,
    tests: testCounts.safeParse(run.tests).data ?? null,
    needs: await neededJobs(tx, run.id),
    holds: await pendingHolds(tx, run.id, job.workstation),
  };
}

/** A job that its schedule has not begun yet. */
const NO_RUN = {
  state: null,
  run: null,
  attempt: null,
  started_at: null,
  ended_at: null,
  due_at: null,
  resume_at: null,
  result: "",
  error: "",
  waits: null,
  progress: "",
  percent: null,
  tests: null,
  needs: [],
  holds: [],
};

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

async function whyQueued(tx: JobsTransaction, run: string): Promise<string | null> {
  const row = await tx.jobsQueueView.findFirst({ where: { runId: run } });
  return row === null ? null : sayQueuedWhy(row);
}

async function neededJobs(tx: JobsTransaction, run: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ job: string }[]>`SELECT r.job_id AS job FROM jobs.needs n
    JOIN jobs.runs r ON r.id = n.needed_run_id WHERE n.run_id = ${run} ORDER BY 1`;
  return rows.map(({ job }) => job);
}

/** The run is a hint of the workstation's, so it counts within that workstation only. */
async function pendingHolds(tx: JobsTransaction, run: string, workstation: string): Promise<string[]> {
  const rows = await tx.gateHoldView.findMany({
    where: { runId: run, workstationId: workstation, state: "pending" },
    orderBy: { createdAt: "asc" },
    select: { id: true },
    take: LIMITS.verbHoldsListedMax,
  });
  return rows.map(({ id }) => id);
}

function instant(at: Date | null): string | null {
  return at?.toISOString() ?? null;
}
