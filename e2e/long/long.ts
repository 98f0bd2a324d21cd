/**
 * `npm run test:long`: the whole product under work while its processes are killed at random for some minutes, then an oracle that looks at
 * everything. Seeded: NIGHTGATE_SEED plays the same choices again. NIGHTGATE_LONG_MINUTES and NIGHTGATE_LONG_KILLS bound it.
 * Ends with status 1, and a sentence for each, where something is not as it must be.
 */
import { writeSync } from "node:fs";
import { systemClock } from "@nightgate/shared/clock";
import { readSettings } from "@nightgate/shared/env";
import type { Evening } from "@nightgate/testkit/evening";
import { keepPushLog } from "@nightgate/testkit/sample-upstream";
import { until } from "@nightgate/testkit/until";
import { z } from "zod";
import { softwareSigner } from "../bench/decide.ts";
import { withProduct } from "../bench/product-for-bench.ts";
import { readTask } from "../support/tasks.ts";
import { type Kills, killUntil } from "./killer.ts";
import { dispatchedTwice, examine, type Seen } from "./oracle.ts";
import { ask, persist } from "./persist.ts";
import { createRandom } from "./random.ts";
import { decideAll, hasEnded, queueTasks, type Work } from "./work.ts";

const MINUTE_MS = 60_000;
const SETTLE_MS_MAX = 240_000;
const SEED_MAX = 2 ** 31;

const settings = readSettings(
  z.object({
    NIGHTGATE_SEED: z.coerce.number().int().min(0).max(SEED_MAX).optional(),
    NIGHTGATE_LONG_MINUTES: z.coerce.number().min(0.1).max(600).default(5),
    NIGHTGATE_LONG_KILLS: z.coerce.number().int().min(0).default(1000),
  }),
  process.env,
);
const seed = settings.NIGHTGATE_SEED ?? Math.floor(Math.random() * SEED_MAX);
const say = (words: string): void => void writeSync(1, `${words}\n`);
const policy = z.looseObject({
  resources: z.array(z.object({ resource: z.looseObject({ id: z.string(), kind: z.string() }) })),
});

async function repositoryOf(evening: Evening): Promise<string> {
  const { resources } = policy.parse(await ask(evening, `${evening.product.gate}/api/policy`));
  return resources.find(({ resource }) => resource.kind === "git")?.resource.id ?? "";
}

interface Outcome {
  kills: Kills;
  seen: Seen;
  jobs: number;
}

async function night(evening: Evening): Promise<Outcome> {
  keepPushLog(evening.product.home);
  const stopping = new AbortController();
  const { signal } = stopping;
  const work: Work = {
    evening,
    repository: await repositoryOf(evening),
    sign: await softwareSigner(evening),
    random: createRandom(seed + 1),
    signal,
    jobs: [],
    approved: new Set(),
    rejected: new Set(),
  };
  let over = false;
  const working = Promise.all([queueTasks(work), decideAll(work, () => over)]);
  working.catch(() => stopping.abort());
  void systemClock.wait(settings.NIGHTGATE_LONG_MINUTES * MINUTE_MS, signal).then(
    () => stopping.abort(),
    () => "ended before",
  );
  const kills = await killUntil(evening.product, createRandom(seed), {
    killsMax: settings.NIGHTGATE_LONG_KILLS,
    signal,
  });
  stopping.abort();
  say("No more kills. What has begun goes on to its end ...");
  const tasks = await settled(work);
  over = true;
  await working;
  const seen = await examine(evening, work, tasks);
  seen.findings.push(...dispatchedTwice(evening.product.home));
  return { kills, seen, jobs: work.jobs.length };
}

/** Every task once its last run has ended: pushes are decided on meanwhile. */
async function settled({ evening, jobs }: Work): Promise<Awaited<ReturnType<typeof readTask>>[]> {
  const read = async (): Promise<Awaited<ReturnType<typeof readTask>>[]> =>
    await Promise.all(jobs.map(async (job) => await persist(job, async () => await readTask(evening, job))));
  await until("every task to end", SETTLE_MS_MAX, async () => (await read()).every(hasEnded), 1_000).catch(
    (error: unknown) => say(String(error)),
  );
  return await read();
}

function report({ kills, seen, jobs }: Outcome): void {
  const states = Map.groupBy(seen.holds, ({ state }) => state);
  const of = Object.entries(kills).toSorted(([one], [other]) => one.localeCompare(other));
  say(`Kills: ${of.reduce((sum, [, count]) => sum + count, 0)}`);
  for (const [name, count] of of) say(`  ${name}: ${count}`);
  say(`Tasks: ${jobs}. Pushes held: ${seen.holds.length}; receipts: ${seen.receipts.length}`);
  for (const [state, holds] of states) say(`  ${state}: ${holds.length}`);
  for (const finding of seen.findings) say(`NOT AS IT MUST BE: ${finding}`);
  say(
    `Seed ${seed}: ${seen.findings.length === 0 ? "all is as it must be" : `${seen.findings.length} findings`}.`,
  );
}

say(
  `Seed ${seed}; for ${settings.NIGHTGATE_LONG_MINUTES} minutes, at most ${settings.NIGHTGATE_LONG_KILLS} kills.`,
);
// The product takes settings for its own, and refuses what it does not know.
for (const name of Object.keys(settings)) Reflect.deleteProperty(process.env, name);
const outcome = await withProduct({ NIGHTGATE_TEST: "1" }, async ({ evening }) => {
  try {
    return await night(evening);
  } catch (error) {
    for (const name of ["gate", "runner", "provisioner", "web", "postgres"])
      say(`--- ${name}\n${evening.product.log(name, 30)}`);
    throw error;
  }
});
report(outcome);
process.exitCode = outcome.seen.findings.length === 0 ? 0 : 1;
