/**
 * From an event that is stored to the pages that watch its task, 200 of them at once; and how long the page of a task takes whose run has a
 * million events, beside the list of tasks that it stands in.
 */
import type { IncomingMessage } from "node:http";
import { systemClock } from "@nightgate/shared/clock";
import { newId } from "@nightgate/shared/ids";
import { openAsPerson } from "@nightgate/testkit/ask-as-person";
import type { Evening } from "@nightgate/testkit/evening";
import { median, percentile } from "@nightgate/testkit/numbers";
import { databaseAs, onlyOrganization, type RoleDatabase } from "@nightgate/testkit/product-database";
import { until } from "@nightgate/testkit/until";
import { withProduct } from "./product-for-bench.ts";

const VIEWERS = 200;
const EVENTS = 60;
const PAUSE_MS = 250;
const MILLION = 1_000_000;
const BATCH = 100_000;
const LOADS = 7;
const WAIT_MS_MAX = 120_000;

export async function run(): Promise<Record<string, number>> {
  return await withProduct({}, async ({ evening }) => {
    const organization = await onlyOrganization(evening.product.home);
    const jobs = { database: databaseAs(evening.product.home, "runner"), organization, evening };
    const watched = await toBrowser(jobs);
    return { ...watched, ...(await openMillion(jobs)) };
  });
}

interface Jobs {
  database: RoleDatabase;
  organization: string;
  evening: Evening;
}

async function toBrowser(jobs: Jobs): Promise<Record<string, number>> {
  const { evening } = jobs;
  const task = await insertTask(jobs);
  const arrived = new Map<number, number[]>();
  const streams: IncomingMessage[] = [];
  for (let at = 0; at < VIEWERS; at += 1) {
    const stream = await openAsPerson(
      evening.person.context,
      `${evening.product.web}/api/jobs/${task.job}/events`,
    );
    if (stream.statusCode !== 200) throw new Error(`A viewer was answered ${stream.statusCode}`);
    stream.setEncoding("utf8").on("data", (text: string) => note(arrived, text));
    streams.push(stream);
  }
  const took: number[] = [];
  for (let seq = 1; seq <= EVENTS; seq += 1) {
    const stored = await insertEvents(jobs, task.run, seq, seq);
    await until("all viewers to have it", WAIT_MS_MAX, () => arrived.get(seq)?.length === VIEWERS, 5);
    for (const at of arrived.get(seq) ?? []) took.push(Math.max(0, at - stored));
    await systemClock.wait(PAUSE_MS);
  }
  for (const stream of streams) stream.destroy();
  return { toBrowserP50Ms: median(took), toBrowserP95Ms: percentile(took, 0.95), viewers: VIEWERS };
}

/** One message has one event here: they come one at a time. */
function note(arrived: Map<number, number[]>, text: string): void {
  for (const [, seq] of text.matchAll(/"seq":(\d+)/g)) {
    const times = arrived.get(Number(seq)) ?? [];
    times.push(Date.now());
    arrived.set(Number(seq), times);
  }
}

async function openMillion(jobs: Jobs): Promise<Record<string, number>> {
  const task = await insertTask(jobs);
  for (let from = 1; from <= MILLION; from += BATCH)
    await insertEvents(jobs, task.run, from, from + BATCH - 1);
  const { web } = jobs.evening.product;
  return {
    openMillionMs: await loadMs(jobs, `${web}/jobs/${task.job}`),
    listMillionMs: await loadMs(jobs, `${web}/jobs`),
  };
}

/** The median until the whole page has come, after one that is not counted. */
async function loadMs({ evening }: Jobs, url: string): Promise<number> {
  const took: number[] = [];
  for (let at = 0; at <= LOADS; at += 1) {
    const began = performance.now();
    const page = await openAsPerson(evening.person.context, url);
    for await (const part of page) void part;
    if (page.statusCode !== 200) throw new Error(`${url} answered ${page.statusCode}`);
    if (at > 0) took.push(performance.now() - began);
  }
  return median(took);
}

async function insertTask(jobs: Jobs): Promise<{ job: string; run: string }> {
  const task = { job: newId("job"), run: newId("run") };
  await write(
    jobs,
    "INSERT INTO jobs.jobs (organization_id, id, workstation_id, agent, title, prompt, created_by) VALUES ($1, $2, $3, 'claude', 'Bench', 'Bench', 'bench')",
    [jobs.organization, task.job, jobs.evening.workstation.id],
  );
  // Waiting for words: the runner leaves it alone.
  await write(
    jobs,
    "INSERT INTO jobs.runs (organization_id, id, job_id, workstation_id, agent, state) VALUES ($1, $2, $3, $4, 'claude', 'awaiting_input')",
    [jobs.organization, task.run, task.job, jobs.evening.workstation.id],
  );
  return task;
}

/** As the runner stores them, the run's own count with them. Answers when the last one was written: a little before it was stored, in milliseconds since the epoch. */
async function insertEvents(jobs: Jobs, run: string, from: number, to: number): Promise<number> {
  const rows = await write(
    jobs,
    `WITH counted AS (UPDATE jobs.runs SET last_seq = $4 WHERE id = $2)
     INSERT INTO jobs.events (organization_id, run_id, seq, at, body)
     SELECT $1, $2, n, clock_timestamp(), jsonb_build_object('kind', 'agent.message', 'text', 'Line ' || n) FROM generate_series($3::int, $4::int) n
     RETURNING CASE WHEN seq = $4 THEN at END AS at`,
    [jobs.organization, run, from, to],
  );
  const [at] = rows.flatMap((row) => (row["at"] instanceof Date ? [row["at"].getTime()] : []));
  return at ?? Number.NaN;
}

async function write(
  { database, organization }: Jobs,
  sql: string,
  values: unknown[],
): Promise<Record<string, unknown>[]> {
  return await database.run(sql, values, organization);
}
