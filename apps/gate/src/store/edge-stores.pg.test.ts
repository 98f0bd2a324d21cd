import { openGateDatabase } from "@nightgate/db/gate";
import { cloneDatabase, type TestDatabase } from "@nightgate/db/testing";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createModelCallStore } from "./model-calls.ts";
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
