/** Chains and their nights as verbs show them. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import { chainPlan } from "../chains/chain-plan.ts";
import { type ChainRow, type ChainRunRow, seenChain } from "../chains/chain-row.ts";
import { LIMITS } from "../limits.ts";
import type { VerbCaller } from "./caller.ts";

/** The values of a CHECK constraint are those of the verb's result. */
type NightState = "queued" | "running" | "cancelling" | "succeeded" | "failed" | "cancelled";

/** A night in a line. */
export function nightLine(row: ChainRunRow): {
  chain_run: string;
  chain: string;
  state: NightState;
  reason: "schedule" | "manual";
  fire_at: string;
  timezone: string;
  started_at: string | null;
  ended_at: string | null;
} {
  return {
    chain_run: row.id,
    chain: row.chainId,
    state: row.state as NightState,
    reason: row.reason === "schedule" ? "schedule" : "manual",
    fire_at: row.fireAt.toISOString(),
    timezone: row.timeZone,
    started_at: row.startedAt?.toISOString() ?? null,
    ended_at: row.endedAt?.toISOString() ?? null,
  };
}

/** A chain in a line. */
export async function chainLine(
  tx: JobsTransaction,
  row: ChainRow,
): Promise<{
  chain: string;
  name: string;
  workstation: string;
  enabled: boolean;
  jobs: number;
  next: string | null;
  last: ReturnType<typeof nightLine> | null;
}> {
  const last = await latestNight(tx, row.id);
  return {
    chain: row.id,
    name: row.name,
    workstation: row.workstationId,
    enabled: row.enabled,
    jobs: chainPlan.parse(row.plan).jobs.length,
    next: (await nextAt(tx, row.id))?.toISOString() ?? null,
    last: last === null ? null : nightLine(last),
  };
}

async function nextAt(tx: JobsTransaction, chain: string): Promise<Date | null> {
  const row = await tx.jobsSchedules.findFirst({
    where: { chainId: chain, deletedAt: null, paused: false, nextAt: { not: null } },
    orderBy: { nextAt: "asc" },
    select: { nextAt: true },
  });
  return row?.nextAt ?? null;
}

async function latestNight(tx: JobsTransaction, chain: string): Promise<ChainRunRow | null> {
  return await tx.jobsChainRuns.findFirst({
    where: { chainId: chain },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
  });
}

/** The chain and the night that are asked for: by either of them. Problem `not-found` where the caller has none such. */
export async function seenNight(
  tx: JobsTransaction,
  caller: VerbCaller,
  { chain, chain_run: night }: { chain?: string | undefined; chain_run?: string | undefined },
): Promise<{ chain: ChainRow; night: ChainRunRow | null }> {
  if (night === undefined) {
    if (chain === undefined)
      throw new Problem("input.invalid", { why: "name a chain, or one of its nights" });
    const row = await seenChain(tx, caller, chain);
    return { chain: row, night: await latestNight(tx, row.id) };
  }
  const found = await tx.jobsChainRuns.findUnique({ where: { id: night } });
  const row = found === null ? null : await tx.jobsChains.findUnique({ where: { id: found.chainId } });
  const isHidden = row !== null && caller.workstation !== null && row.workstationId !== caller.workstation;
  if (row === null || isHidden) throw new Problem("not-found", { what: `night ${night}` });
  return { chain: row, night: found };
}

export interface JobShown {
  job: string;
  kind: string;
  needs: string[];
  state: string;
  triage: string | null;
  run: string | null;
  result: string;
  error: string;
  started_at: string | null;
  ended_at: string | null;
}

/** What became of each job of a night; before the first night, its jobs as they are planned. */
export async function jobsOf(
  tx: JobsTransaction,
  chain: ChainRow,
  night: ChainRunRow | null,
): Promise<JobShown[]> {
  const plan = new Map(chainPlan.parse(chain.plan).jobs.map((job) => [job.name, job]));
  const rows =
    night === null
      ? []
      : await tx.jobsChainJobs.findMany({ where: { chainRunId: night.id }, orderBy: { position: "asc" } });
  if (night === null)
    return [...plan.values()].map(({ name, kind, needs }) => ({
      ...EMPTY,
      job: name,
      kind,
      needs,
      state: "waiting",
    }));
  return rows.map((row) => ({
    job: row.key,
    kind: plan.get(row.key)?.kind ?? "agent",
    needs: plan.get(row.key)?.needs ?? [],
    state: row.state,
    triage: row.triageOutcome,
    run: row.runId ?? row.triageRunId,
    result: row.result.slice(0, LIMITS.verbExcerptCharactersMax),
    error: row.error.slice(0, LIMITS.verbExcerptCharactersMax),
    started_at: row.startedAt?.toISOString() ?? null,
    ended_at: row.endedAt?.toISOString() ?? null,
  }));
}

const EMPTY = { triage: null, run: null, result: "", error: "", started_at: null, ended_at: null };
