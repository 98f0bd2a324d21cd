import { openGateDatabase } from "@nightgate/db/gate";
import { openJobsDatabase } from "@nightgate/db/jobs";
import { cloneDatabase, type TestDatabase } from "@nightgate/db/testing";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createModelCallStore } from "./model-calls.ts";
import { createRunTermsReader } from "./run-terms.ts";
import { createTrafficStore } from "./traffic.ts";

const OURS = "org_aaaaaaaaaaaa";
const THEIRS = "org_bbbbbbbbbbbb";
let database: TestDatabase;
let db: ReturnType<typeof openGateDatabase>;

beforeAll(async () => {
  database = await cloneDatabase(inject("postgres"));
  db = openGateDatabase(database.urls.gate);
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const count = {
  workstation: "ws_a",
  minute: 60_000,
  target: "res_a",
  verdict: "allow",
  count: 2,
  bytesOut: 10,
  bytesIn: 3_000_000_000,
} as const;

test("traffic is added to what is there for the minute, and invariant 9: seen by its own organization", async () => {
  const traffic = createTrafficStore(db);
  await traffic.add(OURS, [count, { ...count, verdict: "deny", target: "evil.example.com" }]);
  await traffic.add(OURS, [count]);
  const rows = await db.asOrganization(
    OURS,
    async (tx) => await tx.gateTraffic.findMany({ orderBy: { verdict: "asc" } }),
  );
  expect(rows.map((row) => [row.minute.toISOString(), row.target, row.count, row.bytesIn])).toEqual([
    ["1970-01-01T00:01:00.000Z", "res_a", 4n, 6_000_000_000n],
    ["1970-01-01T00:01:00.000Z", "evil.example.com", 2n, 3_000_000_000n],
  ]);
  expect(await db.asOrganization(THEIRS, async (tx) => await tx.gateTraffic.count())).toBe(0);
});

test("a batch is counted whole or not at all", async () => {
  const traffic = createTrafficStore(db);
  const fresh = { ...count, minute: 120_000 };
  await expect(traffic.add(OURS, [fresh, { ...fresh, target: "x".repeat(301) }])).rejects.toThrow(/check/i);
  expect(
    await db.asOrganization(
      OURS,
      async (tx) => await tx.gateTraffic.count({ where: { minute: new Date(120_000) } }),
    ),
  ).toBe(0);
});

test("model calls are kept as they were, without a run too, and invariant 9: seen by their own organization", async () => {
  const calls = createModelCallStore(db);
  const call = {
    organization: OURS,
    workstation: "ws_a",
    resource: "res_a",
    model: "m",
    inputTokens: 5_000_000_000,
    cachedInputTokens: 1,
    outputTokens: 2,
    overBudget: false,
  };
  await calls.record({ ...call, run: "run_a", status: 200, retryAfterSeconds: null, resetAtMs: null });
  await calls.record({
    ...call,
    run: null,
    status: 429,
    retryAfterSeconds: 60,
    resetAtMs: 1_800_000_000_000,
  });
  const rows = await db.asOrganization(
    OURS,
    async (tx) => await tx.gateModelCalls.findMany({ orderBy: { id: "asc" } }),
  );
  expect(rows).toMatchObject([
    {
      runId: "run_a",
      status: 200,
      inputTokens: 5_000_000_000n,
      cachedInputTokens: 1n,
      outputTokens: 2n,
      retryAfterSeconds: null,
    },
    { runId: null, status: 429, retryAfterSeconds: 60, resetAt: new Date(1_800_000_000_000) },
  ]);
  expect(await db.asOrganization(THEIRS, async (tx) => await tx.gateModelCalls.count())).toBe(0);
});

test("a run's terms are those of whoever has caused it; one of another workstation or organization has none", async () => {
  const runner = openJobsDatabase(database.urls.runner);
  const terms = createRunTermsReader(db);
  const calls = createModelCallStore(db);
  await runner.asOrganization(OURS, async (tx) => {
    const job = {
      organizationId: OURS,
      workstationId: "ws_a",
      agent: "claude",
      title: "T",
      prompt: "P",
      createdBy: "psn_a",
    };
    const run = { organizationId: OURS, agent: "claude", state: "running" };
    await tx.jobsJobs.create({ data: { ...job, id: "job_parent" } });
    await tx.jobsRuns.create({
      data: { ...run, id: "run_parent", jobId: "job_parent", workstationId: "ws_a", budgetDollars: 9 },
    });
    await tx.jobsJobs.create({
      data: { ...job, id: "job_child", workstationId: "ws_b", parentRunId: "run_parent" },
    });
    await tx.jobsRuns.create({
      data: { ...run, id: "run_child", jobId: "job_child", workstationId: "ws_b" },
    });
  });
  await runner.close();
  const call = {
    organization: OURS,
    resource: "res_a",
    model: "claude-sonnet-4-5",
    inputTokens: 1_000_000,
    cachedInputTokens: 0,
    outputTokens: 0,
    status: 200,
    retryAfterSeconds: null,
    resetAtMs: null,
    overBudget: false,
  };
  await calls.record({ ...call, workstation: "ws_a", run: "run_parent" });
  await calls.record({ ...call, workstation: "ws_b", run: "run_child" });
  // Another workstation's word about this run.
  await calls.record({ ...call, workstation: "ws_b", run: "run_parent" });
  const of = async (organization: string, workstation: string, run: string | null): Promise<unknown> =>
    (await terms.of({ organization, workstation, run })).budget;
  expect(await of(OURS, "ws_b", "run_child")).toEqual({
    holder: "run_parent",
    limit: 9,
    used: 6,
    promised: 0,
  });
  expect(await of(OURS, "ws_a", "run_child")).toBeNull();
  expect(await of(OURS, "ws_a", null)).toBeNull();
  expect(await of(THEIRS, "ws_b", "run_child")).toBeNull();
});
