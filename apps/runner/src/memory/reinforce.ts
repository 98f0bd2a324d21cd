/** Warms what was there when things went well, and cools what was there when they did not. Slowly, within bounds, each use once. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import { changeMemories, checkChanges, type Source } from "./changes.ts";
import { MEMORY_LIMITS } from "./limits.ts";
import { putLinks, putRow, type WholeMemory } from "./memory-row.ts";

export interface Reinforced {
  warmed: number;
  cooled: number;
  /** The change, which can be undone; null where nothing changed. */
  change: string | null;
}

/** A weight after it has helped (positive) or not (negative) so often. Never leaves its bounds. */
export function reinforcedWeight(weight: number, times: number): number {
  const { weightMin, weightMax, reinforceShare } = MEMORY_LIMITS;
  let now = Math.min(weightMax, Math.max(weightMin, Math.round(weight)));
  for (let time = 0; time < Math.min(Math.abs(times), weightMax); time += 1) {
    const room = times > 0 ? weightMax - now : now - weightMin;
    const step = Math.min(room, Math.max(1, Math.round(room * reinforceShare)));
    now += times > 0 ? step : -step;
  }
  return now;
}

/** What a run's end says of what it was shown: 1, 0 or -1. What people decided outweighs how it ended. */
export function outcomeOf(run: { state: string; approved: number; rejected: number }): number {
  const ended = run.state === "succeeded" ? 1 : run.state === "failed" || run.state === "timed_out" ? -1 : 0;
  const decided = 2 * (Math.sign(run.approved) - Math.sign(run.rejected));
  return Math.sign(ended + decided);
}

/** Counts the uses of all runs that have ended and were not counted yet; with `since` (an instant, or `last-chain`: all) only those from then on. */
export async function reinforce(
  tx: JobsTransaction,
  organization: string,
  args: { since?: string | undefined },
  now: Date,
  source: Source = { organization, run: null, person: null },
): Promise<Reinforced> {
  const since = sinceOf(args.since);
  const uses = await tx.$queryRaw<
    { memory: string; run: string; state: string; approved: number; rejected: number }[]
  >`
    SELECT u.memory_id AS memory, u.run_id AS run, r.state,
      (SELECT count(*) FROM gate.hold_view h WHERE h.run_id = r.id AND h.workstation_id = r.workstation_id AND h.state = 'released')::int AS approved,
      (SELECT count(*) FROM gate.hold_view h WHERE h.run_id = r.id AND h.workstation_id = r.workstation_id AND h.state = 'rejected')::int AS rejected
    FROM jobs.memory_uses u JOIN jobs.runs r ON r.id = u.run_id
    WHERE u.counted_at IS NULL AND r.ended_at IS NOT NULL AND u.used_at >= ${since}
    ORDER BY u.used_at LIMIT ${MEMORY_LIMITS.batchMax} FOR UPDATE OF u SKIP LOCKED`;
  const times = new Map<string, number>();
  for (const use of uses) times.set(use.memory, (times.get(use.memory) ?? 0) + outcomeOf(use));
  const done = await apply(tx, source, times, "what became of the runs that used it", now);
  for (const { memory, run } of uses)
    await tx.$executeRaw`UPDATE jobs.memory_uses SET counted_at = ${now} WHERE memory_id = ${memory} AND run_id = ${run}`;
  return done;
}

/** One memory, by somebody's word. A person's counts for more than an agent's. */
export async function reinforceOne(
  tx: JobsTransaction,
  source: Source,
  { id, useful }: { id: string; useful: boolean },
  now: Date,
): Promise<Reinforced> {
  await checkChanges(tx, source, now);
  const counts = source.person === null ? 1 : MEMORY_LIMITS.personsWordCounts;
  const why = `${source.person === null ? "an agent" : "a person"} called it ${useful ? "useful" : "not useful"}`;
  return await apply(tx, source, new Map([[id, useful ? counts : -counts]]), why, now);
}

async function apply(
  tx: JobsTransaction,
  source: Source,
  times: ReadonlyMap<string, number>,
  why: string,
  now: Date,
): Promise<Reinforced> {
  const moved = { warmed: 0, cooled: 0 };
  const ids = [...times].filter(([, count]) => count !== 0).map(([id]) => id);
  const change = await changeMemories(
    tx,
    { source, operation: "reinforce", why, now },
    ids,
    async (before) => {
      for (const memory of before.values()) {
        const weight = reinforcedWeight(memory.weight, times.get(memory.id) ?? 0);
        if (weight > memory.weight) moved.warmed += 1;
        if (weight < memory.weight) moved.cooled += 1;
        if (weight !== memory.weight) await putRow(tx, source.organization, { ...memory, weight });
        await reinforceLinks(tx, source, memory, times);
      }
    },
  );
  return { ...moved, change };
}

/** A link between two that were there together moves as they do. */
async function reinforceLinks(
  tx: JobsTransaction,
  source: Source,
  memory: WholeMemory,
  times: ReadonlyMap<string, number>,
): Promise<void> {
  const own = Math.sign(times.get(memory.id) ?? 0);
  const links = memory.links.map((link) =>
    Math.sign(times.get(link.id) ?? 0) === own
      ? { ...link, weight: reinforcedWeight(link.weight, own) }
      : link,
  );
  if (JSON.stringify(links) !== JSON.stringify(memory.links))
    await putLinks(tx, source.organization, memory.id, "links", links);
}

/** `last-chain` is since the last time that anything was counted, which is what is left to count. */
function sinceOf(since: string | undefined): Date {
  if (since === undefined || since === "last-chain") return new Date(0);
  const at = new Date(since);
  if (Number.isNaN(at.getTime()))
    throw new Problem("input.invalid", { why: "since: it is no instant, and not last-chain" });
  return at;
}
