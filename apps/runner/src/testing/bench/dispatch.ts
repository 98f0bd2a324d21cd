import { median, percentile } from "@nightgate/testkit/numbers";
/**
 * From queued to running, on a workstation that is awake, while 1,000 other runs of the organization wait for another workstation whose
 * every place is taken. Both times are the run's own row.
 */
import { until } from "@nightgate/testkit/until";
import { atOnce, type RunnerForBench, withRunner } from "./runner-for-bench.ts";

const WAITING = 1_000;
const DISPATCHED = 200;
const WAIT_MS_MAX = 120_000;

export async function run(): Promise<Record<string, number>> {
  return await withRunner(async (bench) => {
    const busy = await bench.workstation(async ({ interrupted }) => {
      await interrupted;
      return { stopReason: "cancelled" };
    });
    const awake = await bench.workstation(atOnce);
    await bench.start();
    await bench.createJobs(busy.id, WAITING);
    await until("the queue to be long", WAIT_MS_MAX, async () => (await inAll(bench)) === WAITING);
    const took: number[] = [];
    for (let at = 0; at < DISPATCHED; at += 1) {
      const [run = ""] = await bench.createJobs(awake.id, 1);
      took.push(await until("the run to end", WAIT_MS_MAX, async () => await startedAfterMs(bench, run), 10));
    }
    return { p50Ms: median(took), p95Ms: percentile(took, 0.95), queued: await queued(bench) };
  });
}

async function inAll({ query }: RunnerForBench): Promise<number> {
  const [row] = await query<{ count: number }>("SELECT count(*)::int AS count FROM jobs.runs");
  return row?.count ?? 0;
}

async function queued({ query }: RunnerForBench): Promise<number> {
  const [row] = await query<{ count: number }>(
    "SELECT count(*)::int AS count FROM jobs.runs WHERE state = 'queued'",
  );
  return row?.count ?? 0;
}

async function startedAfterMs({ query }: RunnerForBench, run: string): Promise<number | null> {
  const [row] = await query<{ ms: number }>(
    "SELECT (extract(epoch FROM started_at - created_at) * 1000)::float AS ms FROM jobs.runs WHERE id = $1 AND state = 'succeeded'",
    [run],
  );
  return row?.ms ?? null;
}
