/** Chains, their nights and their locks over a real database: what the pages show, and that another organization's are not there. */
import type {} from "@nightgate/db/testing-setup";
import { newId } from "@nightgate/shared/ids";
import pg from "pg";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import type { Member } from "../../server/member.ts";
import { seed } from "../../testing/seed.ts";
import { headersModule, openTestWeb, type TestWeb } from "../../testing/test-web.ts";

const { jar } = vi.hoisted(() => ({ jar: new Map<string, string>() }));
vi.mock("next/headers", () => headersModule(jar));
vi.mock("next/navigation", () => ({ useRouter: () => ({ refresh: () => undefined }) }));

const DOCUMENT = `name: nightly
on: { schedule: [{ cron: "0 2 * * *", timezone: Europe/Berlin }] }
locks: { gpu: { scope: workstation, capacity: 1 } }
jobs:
  warm-up: { run: warm-up.sh, locks: [gpu] }
  review:
    needs: [warm-up]
    gate: { run: triage }
    agent: { prompt: "Review" }
  digest: { needs: [review], agent: { prompt: "Digest" } }
`;

let web: TestWeb;
let runner: pg.Client;
let member: Member;
const chain = newId("chain");
const night = newId("chainRun");

beforeAll(async () => {
  web = await openTestWeb(inject("postgres"), jar);
  const ours = await seed(web.database.urls, "full", 5);
  const { organization, person, workstation } = ours;
  member = { organization, person, role: "admin", personName: "", organizationName: "" };
  runner = new pg.Client({ connectionString: web.database.urls.runner });
  await runner.connect();
  await runner.query("SELECT set_config('nightgate.organization_id', $1, false)", [organization]);
  const job = newId("job");
  await runner.query(
    "INSERT INTO jobs.jobs (organization_id, id, workstation_id, agent, title, prompt, created_by, kind) VALUES ($1, $2, $3, 'claude', 'nightly', 'x', 'x', 'chain')",
    [organization, job, workstation],
  );
  await runner.query(
    "INSERT INTO jobs.chains (organization_id, id, name, document, plan, workstation_id, job_id, created_by) VALUES ($1, $2, 'nightly', $3, '{}', $4, $5, 'x')",
    [organization, chain, DOCUMENT, workstation, job],
  );
  await runner.query(
    "INSERT INTO jobs.chain_runs (organization_id, id, chain_id, document, fire_at, time_zone, reason, state, started_by, started_at) VALUES ($1, $2, $3, $4, now(), 'Europe/Berlin', 'schedule', 'running', 'x', now())",
    [organization, night, chain, DOCUMENT],
  );
  for (const [position, [key, state, run, outcome]] of [
    ["warm-up", "succeeded", null, null],
    ["review", "running", ours.jobs["waiting"], "YELLOW"],
    ["digest", "waiting", null, null],
  ].entries())
    await runner.query(
      "INSERT INTO jobs.chain_jobs (organization_id, chain_run_id, key, position, state, run_id, triage_outcome) SELECT $1, $2, $3, $4, $5, (SELECT id FROM jobs.runs WHERE job_id = $6), $7",
      [organization, night, key, position, state, run, outcome],
    );
  const key = `named/${workstation}/gpu`;
  await runner.query("INSERT INTO jobs.locks (organization_id, key, capacity) VALUES ($1, $2, 1)", [
    organization,
    key,
  ]);
  await runner.query("UPDATE jobs.runs SET locks = ARRAY[$1] WHERE job_id = ANY($2)", [
    key,
    [ours.jobs["long"], ours.jobs["queued"]],
  ]);
});
afterAll(async () => {
  await runner.end();
  await web.close();
});

test("a night is a picture and a list that say the same, and a job that waits for an approval says so", async () => {
  const { openChain, openChains, openNight } = await import("./queries.ts");
  expect((await openChains(member)).chains).toMatchObject([
    { name: "nightly", jobs: 3, last: { state: { label: "Under way" } } },
  ]);
  expect((await openChain(member, chain))?.next[0]?.words).toMatch(/02:00$/u);
  const page = await openNight(member, { chain, night });
  expect(page?.jobs.map(({ name, state, triage }) => [name, state?.label, triage?.outcome])).toEqual([
    ["warm-up", "Done", undefined],
    ["review", "Waiting for approval", "YELLOW"],
    ["digest", "Waiting", undefined],
  ]);
  const { NightDetail } = await import("./ui/night-detail.tsx");
  const drawn = page === null ? "" : renderToString(createElement(NightDetail, { page }));
  expect(drawn).toMatch(/<svg aria-hidden="true".*YELLOW.*<\/svg>.*Triage: .*YELLOW/su);
  expect(drawn).not.toContain("style=");
});

test("a lock says who has it and who waits; only owners and admins are offered to release it", async () => {
  const { openLocks } = await import("../locks/queries.ts");
  const { locks, mayChange } = await openLocks(member);
  expect(locks).toMatchObject([{ name: "gpu", workstation: "atlas", capacity: 1 }]);
  expect(locks[0]?.held.map(({ title }) => title)).toEqual([expect.stringContaining("Migrate")]);
  expect(locks[0]?.waiting).toHaveLength(1);
  expect(mayChange).toBe(true);
  expect((await openLocks({ ...member, role: "member" })).mayChange).toBe(false);
});

test("invariant 9: a chain, a night and a lock of another organization are not there", async () => {
  const { openChain, openChains, openNight } = await import("./queries.ts");
  const { openLocks } = await import("../locks/queries.ts");
  const stranger = { ...member, organization: newId("organization") };
  expect((await openChains(stranger)).chains).toEqual([]);
  expect(await openChain(stranger, chain)).toBeNull();
  expect(await openNight(stranger, { chain, night })).toBeNull();
  expect((await openLocks(stranger)).locks).toEqual([]);
});
