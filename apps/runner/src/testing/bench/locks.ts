/**
 * 1,500 runs, each with up to three of eight named locks, claimed over 32 connections at once. After every claim all locks are counted in
 * one statement: `overCapacity` is how often one had more runs at work than it allows.
 */
import { openJobsDatabase } from "@nightgate/db/jobs";
import { systemClock } from "@nightgate/shared/clock";
import type { JobPlan } from "@nightgate/shared/jobs-inbox";
import { until } from "@nightgate/testkit/until";
import { createClaims } from "../../store/claims.ts";
import { type RunnerForBench, withRunner } from "./runner-for-bench.ts";

const RUNS = 1_500;
const CONNECTIONS = 32;
const WORKSTATIONS = 16;
const LOCKS = ["gpu", "tpu", "staging", "browser", "license", "port", "disk", "phone"];
const HOLD_MS_MAX = 20;
const WAIT_MS_MAX = 300_000;

export async function run(): Promise<Record<string, number>> {
  return await withRunner(async (bench) => {
    const workstations: string[] = [];
    while (workstations.length < WORKSTATIONS) workstations.push((await bench.workstation(null)).id);
    await bench.start();
    for (const [at, workstation] of workstations.entries())
      await bench.createJobs(
        workstation,
        Math.floor(RUNS / WORKSTATIONS) + (at < RUNS % WORKSTATIONS ? 1 : 0),
        planOf,
      );
    await until("all runs to be queued", WAIT_MS_MAX, async () => (await count(bench, "queued")) === RUNS);
    await bench.stop();
    const began = performance.now();
    const claimers = await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => await claimAll(bench, workstations)),
    );
    const claimed = claimers.flatMap(({ runs }) => runs);
    return {
      overCapacity: claimers.reduce((sum, { over }) => sum + over, 0),
      claimedTwice: claimed.length - new Set(claimed).size,
      runs: claimed.length,
      runsPerSecond: Math.round((claimed.length / (performance.now() - began)) * 1000),
    };
  });
}

/** The same of each run every time: which locks, by its number. */
function planOf(at: number): JobPlan {
  const names = [at % 8, (at * 3 + 1) % 8, (at * 5 + 2) % 8].slice(0, 1 + (at % 3));
  return {
    locks: [...new Set(names)].map((index) => ({
      name: LOCKS[index] ?? "gpu",
      scope: "organization",
      capacity: 1 + (index % 3),
    })),
  };
}

async function count({ query }: RunnerForBench, state: string): Promise<number> {
  const [row] = await query<{ count: number }>(
    "SELECT count(*)::int AS count FROM jobs.runs WHERE state = $1",
    [state],
  );
  return row?.count ?? 0;
}

/** One connection that claims, works for a moment, and ends what it has claimed, until nothing is queued. */
async function claimAll(
  bench: RunnerForBench,
  workstations: readonly string[],
): Promise<{ runs: string[]; over: number }> {
  const db = openJobsDatabase(bench.databaseUrl);
  const claims = createClaims(db);
  const runs: string[] = [];
  let over = 0;
  try {
    for (;;) {
      const run = await claims.claim(bench.organization, workstations, new Date());
      if (run === null) {
        if ((await count(bench, "queued")) === 0) return { runs, over };
        await systemClock.wait(5);
        continue;
      }
      runs.push(run.id);
      over += await overCapacity(bench);
      await systemClock.wait(Math.random() * HOLD_MS_MAX);
      await bench.query("UPDATE jobs.runs SET state = 'succeeded', ended_at = now() WHERE id = $1", [run.id]);
    }
  } finally {
    await db.close();
  }
}

async function overCapacity({ query }: RunnerForBench): Promise<number> {
  const rows = await query(
    `SELECT l.key FROM jobs.locks l JOIN jobs.runs r ON l.key = ANY(r.locks) AND r.organization_id = l.organization_id
     WHERE r.state IN ('dispatching', 'running', 'cancelling') GROUP BY l.key, l.capacity HAVING count(*) > l.capacity`,
  );
  return rows.length;
}
