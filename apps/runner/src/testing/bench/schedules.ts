/**
 * 10,000 schedules of five organizations: how much of a core the runner takes while none of them is due, its sweeps included, and how late
 * those fire that are.
 */
import { systemClock } from "@nightgate/shared/clock";
import { newId } from "@nightgate/shared/ids";
import { percentile } from "@nightgate/testkit/numbers";
import { until } from "@nightgate/testkit/until";
import { type RunnerForBench, withRunner } from "./runner-for-bench.ts";

const ORGANIZATIONS = 5;
const EACH = 2_000;
const IDLE_MS = 60_000;
const SETTLE_MS = 10_000;
const FIRES = 200;
const FIRE_WITHIN_SECONDS = 30;
const WAIT_MS_MAX = 120_000;

export async function run(): Promise<Record<string, number>> {
  return await withRunner(async (bench) => {
    const organizations = [bench.organization];
    while (organizations.length < ORGANIZATIONS) organizations.push((await bench.found()).organization);
    const { id: workstation } = await bench.workstation(null);
    for (const organization of organizations) await schedule(bench, organization, workstation, EACH);
    await bench.start();
    await systemClock.wait(SETTLE_MS);
    const [usedBefore, began] = [bench.cpuSeconds(), performance.now()];
    await systemClock.wait(IDLE_MS);
    const share = (bench.cpuSeconds() - usedBefore) / ((performance.now() - began) / 1000);
    return {
      tickCpuPercent10k: Math.round(share * 10_000) / 100,
      fireJitterP95Ms: percentile(await fireLate(bench), 0.95),
    };
  });
}

async function schedule(
  { query }: RunnerForBench,
  organization: string,
  workstation: string,
  count: number,
): Promise<void> {
  await query(
    `WITH made AS (INSERT INTO jobs.jobs (organization_id, id, workstation_id, agent, title, prompt, created_by)
       SELECT $1, 'job_' || substr(md5($1 || n), 1, 12), $2, 'claude', 'Bench', 'Bench', 'bench' FROM generate_series(1, $3) n RETURNING id)
     INSERT INTO jobs.schedules (organization_id, id, job_id, name, cron, time_zone, next_at, created_by)
       SELECT $1, 'sch_' || substr(id, 5), id, 'Bench', '0 3 * * *', 'UTC', now() + interval '12 hours' + random() * interval '11 hours', 'bench' FROM made`,
    [organization, workstation, count],
  );
}

/** Moves some of them to instants that come soon, as their announcement tells, and answers by how much each run was late. */
async function fireLate({ query }: RunnerForBench): Promise<number[]> {
  await query(
    `UPDATE jobs.schedules SET next_at = date_trunc('milliseconds', now() + interval '3 seconds' + random() * make_interval(secs => $2))
     WHERE id IN (SELECT id FROM jobs.schedules ORDER BY md5(id || $3) LIMIT $1)`,
    [FIRES, FIRE_WITHIN_SECONDS, newId("run")],
  );
  return await until("all of them to fire", WAIT_MS_MAX, async () => {
    const fires = await query<{ ms: number }>(
      "SELECT (extract(epoch FROM fired_at - due_at) * 1000)::float AS ms FROM jobs.fires",
    );
    return fires.length >= FIRES ? fires.map(({ ms }) => ms) : null;
  });
}
