/**
 * A runner that is killed (SIGKILL) again and again at random while runs come and go. Afterwards: `lost` are runs that did not end as they
 * should, and events that the agents wrote and the database does not have; `repeated` are prompts that an agent was told twice.
 */
import { systemClock } from "@nightgate/shared/clock";
import { until } from "@nightgate/testkit/until";
import { type RunnerForBench, type Workstation, withRunner } from "./runner-for-bench.ts";

const KILLS = 200;
const UP_MS_MAX = 600;
const RUNS_EACH = 2;
const TURN_MS_MAX = 150;
const WORKSTATIONS = 3;
const END_MS_MAX = 180_000;

export async function run(): Promise<Record<string, number>> {
  return await withRunner(async (bench) => {
    const workstations: Workstation[] = [];
    while (workstations.length < WORKSTATIONS)
      workstations.push(
        await bench.workstation(async ({ text, say }) => {
          say({ kind: "agent.message", text });
          await systemClock.wait(Math.random() * TURN_MS_MAX);
          say({ kind: "agent.message", text: "Done." });
          return { stopReason: "end_turn" };
        }),
      );
    const asked: { run: string; workstation: Workstation }[] = [];
    for (let at = 0; at < KILLS; at += 1) {
      const workstation = workstations[at % workstations.length];
      if (workstation === undefined) continue;
      for (const run of await bench.createJobs(workstation.id, RUNS_EACH)) asked.push({ run, workstation });
      await bench.start();
      await systemClock.wait(Math.random() * UP_MS_MAX);
      await bench.kill();
    }
    await bench.start();
    await until(
      "all runs to end",
      END_MS_MAX,
      async () => (await notEnded(bench, asked.length)) === 0,
      200,
    ).catch(String);
    return {
      killed: KILLS,
      runs: asked.length,
      lost: (await notSucceeded(bench, asked.length)) + (await eventsLost(bench, asked)),
      repeated: asked.filter(({ run, workstation }) => (workstation.agentd?.told(run).length ?? 0) > 1)
        .length,
    };
  });
}

async function notEnded({ query }: RunnerForBench, asked: number): Promise<number> {
  const [row] = await query<{ count: number }>(
    "SELECT count(*)::int AS count FROM jobs.runs WHERE ended_at IS NOT NULL",
  );
  return asked - (row?.count ?? 0);
}

async function notSucceeded({ query }: RunnerForBench, asked: number): Promise<number> {
  const [row] = await query<{ count: number }>(
    "SELECT count(*)::int AS count FROM jobs.runs WHERE state = 'succeeded'",
  );
  return asked - (row?.count ?? 0);
}

/** Each run says two things, and all of what it said is numbered without a gap. */
async function eventsLost({ query }: RunnerForBench, asked: readonly { run: string }[]): Promise<number> {
  const rows = await query<{ run_id: string; said: number; last: number; events: number }>(
    `SELECT run_id, count(*) FILTER (WHERE body ->> 'kind' = 'agent.message')::int AS said, max(seq)::int AS last, count(*)::int AS events
     FROM jobs.events GROUP BY run_id`,
  );
  const byRun = new Map(rows.map((row) => [row.run_id, row]));
  return asked.filter(({ run }) => {
    const seen = byRun.get(run);
    return seen === undefined || seen.said !== 2 || seen.last !== seen.events;
  }).length;
}
