/** Against storms and loops (invariant 12): how much one caller may say, how much one peer is given, and how far agents may cause each other. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import { AT_WORK } from "@nightgate/shared/run-states";
import type { VerbCaller } from "../verbs/caller.ts";
import { PEER_LIMITS } from "./limits.ts";
import type { AgentTarget } from "./peer-names.ts";

const HOUR_MS = 60 * 60_000;

interface Counts {
  by_run: number;
  by_workstation: number;
  by_person: number;
  open: number;
  woken: number;
}

/** Problem `too-many` where a limit is reached. Callers and peers of one workstation are counted one after the other. */
export async function checkRates(
  tx: JobsTransaction,
  caller: VerbCaller,
  { target, wake }: { target: AgentTarget; wake: boolean },
  now: Date,
): Promise<void> {
  const since = new Date(now.getTime() - HOUR_MS);
  // In one order, so that two that write to each other do not wait for each other.
  for (const key of [caller.workstation ?? caller.person ?? "", target.workstation].toSorted())
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`peers ${key}`}, 0))`;
  const [counts] = await tx.$queryRaw<Counts[]>`SELECT
    (SELECT count(*) FROM jobs.messages WHERE created_at > ${since} AND kind <> 'watch' AND from_run_id = ${caller.run})::int AS by_run,
    (SELECT count(*) FROM jobs.messages WHERE created_at > ${since} AND kind <> 'watch' AND from_workstation_id = ${caller.workstation})::int AS by_workstation,
    (SELECT count(*) FROM jobs.messages WHERE created_at > ${since} AND kind <> 'watch' AND from_person_id = ${caller.person})::int AS by_person,
    (SELECT count(*) FROM jobs.messages WHERE closed_at IS NULL AND to_workstation_id = ${target.workstation})::int AS open,
    (SELECT count(*) FROM jobs.messages m JOIN jobs.message_stages s ON s.message_id = m.id
      WHERE m.to_workstation_id = ${target.workstation} AND s.stage = 'run begun for it' AND s.at > ${since})::int AS woken`;
  if (counts === undefined) return;
  refuse(counts.by_run, PEER_LIMITS.messagesPerRunHourMax, "messages of this run within an hour");
  refuse(
    counts.by_workstation,
    PEER_LIMITS.messagesPerWorkstationHourMax,
    "messages of this workstation within an hour",
  );
  refuse(counts.by_person, PEER_LIMITS.messagesPerPersonHourMax, "messages of yours within an hour");
  refuse(counts.open, PEER_LIMITS.openPerWorkstationMax, `open messages to ${target.name}`);
  if (wake)
    refuse(
      counts.woken,
      PEER_LIMITS.wakesPerWorkstationHourMax,
      `runs that messages began on the workstation of ${target.name} within an hour`,
    );
}

function refuse(count: number, limit: number, what: string): void {
  if (count >= limit) throw new Problem("too-many", { what, limit });
}

/**
 * One more than the messages and jobs that led to what the caller does now. Problem `message.loop` above the limit. A caller on a workstation
 * that names no run counts as the deepest that is at work there: leaving the hint out is no way around.
 */
export async function depthOf(tx: JobsTransaction, caller: VerbCaller): Promise<number> {
  const runs = caller.run === null ? await runsAtWork(tx, caller.workstation) : [caller.run];
  let depth = 1;
  for (const run of runs) depth = Math.max(depth, (await causedDepth(tx, run)) + 1);
  if (depth > PEER_LIMITS.depthMax) throw new Problem("message.loop", { limit: PEER_LIMITS.depthMax });
  return depth;
}

async function runsAtWork(tx: JobsTransaction, workstation: string | null): Promise<string[]> {
  if (workstation === null) return [];
  const rows = await tx.jobsRuns.findMany({
    where: { workstationId: workstation, state: { in: [...AT_WORK] } },
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

/** How many messages and jobs of agents led to what this run does now; 0 where a person began it or has spoken to it since. */
export async function causedDepth(tx: JobsTransaction, run: string): Promise<number> {
  const [row] = await tx.$queryRaw<{ depth: number }[]>`SELECT greatest(
      coalesce((SELECT j.depth FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id WHERE r.id = ${run}), 0),
      coalesce((SELECT max(m.depth) FROM jobs.messages m LEFT JOIN jobs.prompts p ON p.id = m.prompt_id
        WHERE m.to_run_id = ${run} AND m.kind <> 'watch' AND coalesce(p.number, 1) >
          coalesce((SELECT max(number) FROM jobs.prompts WHERE run_id = ${run} AND source = 'person'), 0)), 0))::int AS depth`;
  return row?.depth ?? 0;
}
