/** How jobs stand, as verbs answer it. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { RunState } from "@nightgate/shared/run-states";
import type { jobVerbs } from "@nightgate/shared/verbs/job-verbs";
import type { z } from "zod";
import { LIMITS } from "../limits.ts";
import type { SeenJob } from "./seen-jobs.ts";

export type JobStanding = z.output<typeof jobVerbs.job_status.result>;

/** The job with its latest run. `result` is cut unless it is wanted whole. */
export async function standingOf(tx: JobsTransaction, job: SeenJob, whole = false): Promise<JobStanding> {
  const run = await tx.jobsRuns.findFirst({
    where: { jobId: job.id },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
  });
  const length = whole ? LIMITS.resultCharactersMax : LIMITS.verbExcerptCharactersMax;
  const words = (text: string): string => (text.length <= length ? text : `${text.slice(0, length - 1)}…`);
  return {
    job: job.id,
    title: job.title,
    state: (run?.state ?? null) as RunState | null,
    run: run?.id ?? null,
    agent: job.agent,
    workstation: job.workstation,
    created_at: job.createdAt.toISOString(),
    attempt: run?.attempt ?? null,
    started_at: instant(run?.startedAt),
    ended_at: instant(run?.endedAt),
    due_at: instant(run?.dueAt),
    resume_at: instant(run?.resumeAt),
    result: words(run?.result ?? ""),
    error: words(run?.error ?? ""),
    needs: run === null ? [] : await neededJobs(tx, run.id),
    holds: run === null ? [] : await pendingHolds(tx, run.id, job.workstation),
  };
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

/** As it travels. */
export function instant(at: Date | null | undefined): string | null {
  return at?.toISOString() ?? null;
}
