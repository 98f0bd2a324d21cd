/**
 * Which jobs a caller may see and act on. A person's are the organization's. An agent's are those of its own workstation, and those that
 * one of its workstation's runs has made elsewhere: what other workstations do is none of its business, and answers as if it were not there.
 */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import type { RunState } from "@nightgate/shared/run-states";
import type { VerbCaller } from "./caller.ts";

export interface SeenJob {
  id: string;
  title: string;
  workstation: string;
  agent: string;
  createdAt: Date;
  parentRun: string | null;
  createdBy: string;
}

export interface JobQuery {
  states: readonly RunState[] | null;
  workstation: string | null;
  limit: number;
}

export interface JobWithRun {
  id: string;
  title: string;
  agent: string;
  workstation: string;
  created_at: Date;
  run: string | null;
  state: RunState | null;
  ended_at: Date | null;
}

/** The caller's jobs with their latest runs, newest first. */
export async function listJobs(
  tx: JobsTransaction,
  caller: VerbCaller,
  query: JobQuery,
): Promise<JobWithRun[]> {
  return await tx.$queryRaw<JobWithRun[]>`
    SELECT j.id, j.title, j.agent, j.workstation_id AS workstation, j.created_at, r.id AS run, r.state, r.ended_at
    FROM jobs.jobs j
    LEFT JOIN LATERAL (SELECT id, state, ended_at FROM jobs.runs WHERE job_id = j.id ORDER BY created_at DESC, id DESC LIMIT 1) r ON true
    WHERE j.kind <> 'chain' AND (${caller.workstation}::text IS NULL OR j.workstation_id = ${caller.workstation}
        OR j.parent_run_id IN (SELECT id FROM jobs.runs WHERE workstation_id = ${caller.workstation}))
      AND (${query.workstation}::text IS NULL OR j.workstation_id = ${query.workstation})
      AND (${query.states === null} OR r.state = ANY(${[...(query.states ?? [])]}))
    ORDER BY j.created_at DESC, j.id LIMIT ${query.limit}`;
}

/** The job, if the caller may see it; Problem `not-found` otherwise. */
export async function seenJob(tx: JobsTransaction, caller: VerbCaller, id: string): Promise<SeenJob> {
  const row = await tx.jobsJobs.findUnique({ where: { id } });
  if (row === null || !(await isSeen(tx, caller, row))) throw new Problem("not-found", { what: `job ${id}` });
  return {
    id: row.id,
    title: row.title,
    workstation: row.workstationId,
    agent: row.agent,
    createdAt: row.createdAt,
    parentRun: row.parentRunId,
    createdBy: row.createdBy,
  };
}

async function isSeen(
  tx: JobsTransaction,
  { workstation }: VerbCaller,
  job: { workstationId: string; parentRunId: string | null },
): Promise<boolean> {
  if (workstation === null || job.workstationId === workstation) return true;
  if (job.parentRunId === null) return false;
  return (await tx.jobsRuns.count({ where: { id: job.parentRunId, workstationId: workstation } })) === 1;
}

/** Names by id, for answers that people read too. One that is gone keeps its name. */
export async function workstationNames(tx: JobsTransaction): Promise<(id: string) => string> {
  const rows = await tx.controlWorkstations.findMany({ select: { id: true, name: true } });
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? id;
}

/** The id of a workstation of the organization, by its name or id. */
export async function workstationNamed(tx: JobsTransaction, name: string): Promise<string> {
  const row = await tx.controlWorkstations.findFirst({
    where: { wanted: { not: "removed" }, OR: [{ id: name }, { name }] },
    select: { id: true },
  });
  if (row === null) throw new Problem("not-found", { what: `workstation ${name}` });
  return row.id;
}
