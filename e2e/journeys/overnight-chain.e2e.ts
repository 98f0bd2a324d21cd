// The overnight chain that ships, all twelve workers of it, as one who has it uses it: put on a workstation, applied and begun from a laptop's shell,
// played as a Sunday and as a Monday, watched on its page, and read in the morning on the phone and in Slack.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type SlackApi, startSlackApi } from "@nightgate/testkit/fake-internet/slack-api";
import { databaseAs, onlyOrganization } from "@nightgate/testkit/product-database";
import { until } from "@nightgate/testkit/until";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { linkSlack } from "../support/channel.ts";
import { ownCommand } from "../support/command.ts";
import { type Night, openNight } from "../support/evenings.ts";
import { tellOnFailure } from "../support/world.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/overnight-chain", import.meta.url));
/** 2 at night in Los Angeles. */
const SUNDAY = "2026-05-03T09:00:00Z";
const MONDAY = "2026-05-04T09:00:00Z";
/** Seconds where nothing else runs, and minutes beside a whole suite. */
const NIGHT_MS_MAX = 240_000;
const WAIT_MS_MAX = 20_000;
const laptop = mkdtempSync(join(tmpdir(), "nightgate-laptop-"));
const document = join(laptop, "chain.yaml");
const command = ownCommand();
let night: Night;
let slack: SlackApi;
let chain: string;

beforeAll(async () => {
  night = await openNight();
  slack = await startSlackApi();
  await night.phone.subscribe(night.product, night.evening.person);
  await linkSlack(night.evening, slack, "UADA");
  await command.logIn(night.evening.web, night.product.web);
  // Changes that its owner may make too: the agent that starts soonest, no minute's rest before a second try, and a triage for which a full disk of the machine here is no alert.
  cpSync(EXAMPLE, laptop, { recursive: true });
  const triage = join(laptop, "workers/triage.sh");
  writeFileSync(triage, readFileSync(triage, "utf8").replaceAll(/-ge (?:85|95) \]/g, "-ge 101 ]"));
  writeFileSync(
    document,
    readFileSync(document, "utf8")
      .replace("backend: opencode", "backend: claude")
      .replace("backoff: exponential", "backoff: none"),
  );
  const files = execFileSync("tar", ["-C", laptop, "-cz", "."]).toString("base64");
  onWorkstation(`mkdir ~/overnight-chain && echo ${files} | base64 -d | tar -xz -C ~/overnight-chain`);
});
beforeEach(() => tellOnFailure(night));
afterAll(async () => {
  command.remove();
  await slack?.stop();
  await night?.stop();
  rmSync(laptop, { recursive: true });
});

function onWorkstation(script: string): string {
  const { status, output } = night.inside.run(script, "agent");
  if (status !== 0) throw new Error(`${script.slice(0, 80)}: ${output}`);
  return output;
}

const shown = z.object({
  night: z.object({ state: z.string() }),
  jobs: z.array(
    z.object({
      job: z.string(),
      state: z.string(),
      triage: z.string().nullable(),
      run: z.string().nullable(),
      result: z.string(),
      error: z.string(),
    }),
  ),
});
type Shown = z.infer<typeof shown>;
const ENDED = ["succeeded", "failed", "cancelled"];

interface Played {
  id: string;
  over: Shown;
  gpu: Gpu;
  /** What came to Slack and to the phone since it began. */
  slack(): string[];
  phone(): string[];
}

/** Begins a night as if it were that instant's, and answers it once it is over; its page and the page of locks lie open the while. */
async function play(at: string): Promise<Played> {
  const { product, phone, evening } = night;
  const [posted, rung] = [slack.posted.length, phone.service.received.length];
  const gpu = await watchGpu();
  const { chain_run: id } = await command.json(
    z.object({ chain_run: z.string() }),
    "chains",
    "run",
    "overnight-chain",
    "--at",
    at,
  );
  await evening.web.goto(`${product.web}/chains/${chain}/nights/${id}`);
  const over = await until(
    "the night to be over",
    NIGHT_MS_MAX,
    async () => {
      const now = await command.json(shown, "chains", "show", "--chain-run", id);
      return ENDED.includes(now.night.state) ? now : null;
    },
    2_000,
  );
  const results = (): string[] => slack.posted.slice(posted).map(({ text }) => text);
  const rings = (): string[] =>
    phone.service.received.slice(rung).map(({ message }) => rungMessage.parse(message).title);
  await until(`Slack and the phone to have the result (${rings().join()})`, WAIT_MS_MAX, () => {
    return results().length > 0 && rings().some((title) => title.includes("a result"));
  });
  return { id, over, gpu: await gpu.stop(), slack: results, phone: rings };
}
const rungMessage = z.object({ title: z.string() });
const standing = ({ jobs }: Shown): Record<string, string> =>
  Object.fromEntries(
    jobs.map(({ job, state, triage }) => [job, triage === null ? state : `${state} ${triage}`]),
  );

interface Gpu {
  /** Most that had it at one time, and most that waited for it. */
  held: number;
  waited: number;
}

/** Looks at the lock's line on the page of locks, which changes by itself. */
async function watchGpu(): Promise<{ stop(): Promise<Gpu> }> {
  const { evening, product } = night;
  const tab = await evening.person.context.newPage();
  await tab.goto(`${product.web}/locks`);
  await tab.evaluate(() => {
    const seen = { held: 0, waited: 0 };
    const count = (line: Element | null, words: string): number =>
      Number(new RegExp(`${words}\\s*(\\d+)`).exec(line?.textContent ?? "")?.[1] ?? 0);
    const look = (): void => {
      const line = globalThis.document.querySelector('article[aria-label="gpu"]');
      seen.held = Math.max(seen.held, count(line, "Has it"));
      seen.waited = Math.max(seen.waited, count(line, "Waits for it"));
    };
    new MutationObserver(look).observe(globalThis.document.body, {
      childList: true,
      subtree: true,
      characterData: true,
    });
    Object.assign(globalThis, { gpuSeen: seen });
  });
  return {
    stop: async () => {
      const gpu = await tab.evaluate(() => (globalThis as unknown as { gpuSeen: Gpu }).gpuSeen);
      await tab.close();
      return gpu;
    },
  };
}

/** When each run with the lock was at work, by the workstation's own clock and the events that it wrote; oldest first. */
async function workWithGpu(id: string): Promise<{ title: string; from: number; until: number }[]> {
  const rows = await asked(
    `SELECT j.title, min(extract(epoch FROM e.at)) AS began, max(extract(epoch FROM e.at)) AS ended
     FROM jobs.events e JOIN jobs.runs r ON r.id = e.run_id JOIN jobs.jobs j ON j.id = r.job_id
     WHERE array_to_string(r.locks, ' ') LIKE '%/gpu%' AND e.body ->> 'kind' IN ('prompt', 'turn.ended', 'turn.failed')
       AND r.created_at >= (SELECT created_at FROM jobs.chain_runs WHERE id = $1)
     GROUP BY r.id, j.title ORDER BY began`,
    [id],
  );
  return rows.map(({ title, began, ended }) => ({
    title: String(title),
    from: Number(began),
    until: Number(ended),
  }));
}

async function asked(sql: string, values: unknown[]): Promise<Record<string, unknown>[]> {
  const { home } = night.product;
  return await databaseAs(home, "runner").run(sql, values, await onlyOrganization(home));
}

/** One at a time, by what the page of locks showed and by what the workstation wrote down. */
async function oneAtATime({ id, gpu }: Played, workers: number): Promise<void> {
  expect(gpu.held).toBe(1);
  expect(gpu.waited).toBeGreaterThanOrEqual(1);
  const work = await workWithGpu(id);
  expect(work.length, JSON.stringify(work)).toBeGreaterThanOrEqual(workers);
  for (const [at, run] of work.entries())
    expect(run.from, JSON.stringify([work[at - 1], run])).toBeGreaterThanOrEqual(work[at - 1]?.until ?? 0);
}

const RESULT = "overnight-chain: morning-briefing succeeded.";

test("a Sunday, from a laptop's shell: GREEN triage without an agent, a worker that fails and takes its own with it, one at a time on the GPU, one result in Slack and on the phone", async () => {
  expect(await command.json(z.object({ ok: z.boolean() }), "chains", "validate", document)).toEqual({
    ok: true,
  });
  const planned = z.object({ jobs: z.array(z.object({ job: z.string(), start: z.string() })) });
  const skipped = async (at: string): Promise<string[]> =>
    (await command.json(planned, "chains", "plan", document, "--at", at)).jobs
      .filter(({ start }) => start === "skipped")
      .map(({ job }) => job);
  expect(await skipped(SUNDAY)).toEqual([]);
  expect(await skipped(MONDAY)).toEqual(["ecosystem-watch", "evolution", "basal-ganglia"]);
  ({ chain } = await command.json(
    z.object({ chain: z.string(), jobs: z.literal(12) }),
    "chains",
    "apply",
    document,
    "--workstation",
    "atlas",
    "--folder",
    "~/overnight-chain",
  ));

  onWorkstation("rm ~/overnight-chain/prompts/ecosystem.md");
  const played = await play(SUNDAY);
  expect(standing(played.over)).toEqual({
    "gpu-warmup": "succeeded",
    amygdala: "succeeded GREEN",
    "morning-briefing": "succeeded",
    "article-scanner": "succeeded",
    "arxiv-scout": "succeeded",
    "code-review": "succeeded",
    "pr-digest": "succeeded",
    cerebellum: "succeeded",
    consolidation: "succeeded",
    "ecosystem-watch": "failed",
    evolution: "upstream_failed",
    "basal-ganglia": "upstream_failed",
  });
  expect(played.over.night.state).toBe("failed");
  const seen = new Map(played.over.jobs.map((job) => [job.job, job]));
  expect(seen.get("ecosystem-watch")?.error).toContain("prompts/ecosystem.md could not be read");
  // GREEN: no agent was begun, and so no model called; its triage, a command, had no lock.
  expect(seen.get("amygdala")?.result).toContain("Nothing needs attention");
  expect(
    await asked(
      `SELECT c.run_id, r.agent, array_to_string(r.locks, ' ') LIKE '%/gpu%' AS locked
       FROM jobs.chain_jobs c JOIN jobs.runs r ON r.id = c.triage_run_id WHERE c.chain_run_id = $1`,
      [played.id],
    ),
  ).toEqual([{ run_id: null, agent: "command", locked: false }]);
  await oneAtATime(played, 6);

  expect(played.slack()).toHaveLength(1);
  expect(played.slack()[0]).toContain(
    `atlas has a result of the night\n\n${RESULT}\n\nIt writes:\n&gt; A script plays`,
  );
  // Of what went well nobody is rung, of a failure once, though it was tried twice.
  await expect
    .poll(() => played.phone().toSorted())
    .toEqual(["atlas has a result of the night", "atlas stopped with an error"]);

  const { web } = night.evening;
  await web.getByText("12 of 12 tasks over").waitFor();
  await web.getByText("started by hand, for Sun, 3 May 2026, 02:00 America/Los_Angeles").waitFor();
  await web.getByText("Triage: GREEN").waitFor();
  await web.goto(`${night.product.web}/briefing`);
  await web.getByText("overnight-chain: ecosystem-watch").first().waitFor();
  expect(await web.getByText(RESULT).count()).toBe(1);
});

test("a Monday: RED triage wakes its agent, what is for Sundays is skipped, and nobody hears of more than the result", async () => {
  // From its own shell the workstation sees the same chain, with its scripts and prompts beside the file.
  const again = onWorkstation("cd ~/overnight-chain && nightgate chains apply chain.yaml --json");
  expect(JSON.parse(again)).toMatchObject({ chain, changed: false });
  onWorkstation("echo 'The backup of Sunday is missing.' > ~/overnight-chain/alerts.txt");
  const played = await play(MONDAY);
  expect(standing(played.over)).toMatchObject({
    amygdala: "succeeded RED",
    "morning-briefing": "succeeded",
    consolidation: "succeeded",
    "ecosystem-watch": "skipped",
    evolution: "skipped",
    "basal-ganglia": "skipped",
  });
  expect(played.over.night.state).toBe("succeeded");
  const run = played.over.jobs.find(({ job }) => job === "amygdala")?.run;
  const [prompt] = await asked(
    "SELECT body ->> 'text' AS text FROM jobs.events WHERE run_id = $1 AND body ->> 'kind' = 'prompt'",
    [run],
  );
  expect(prompt?.["text"]).toContain("Your triage said RED");
  expect(prompt?.["text"]).toContain("> The backup of Sunday is missing.");
  await oneAtATime(played, 7);
  expect(played.slack()).toEqual([expect.stringContaining(RESULT)]);
  expect(played.phone()).toEqual(["atlas has a result of the night"]);
  await night.evening.web.getByText("Triage: RED").waitFor();
});
