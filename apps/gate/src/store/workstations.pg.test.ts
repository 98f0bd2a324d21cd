import pg from "pg";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import { enrol, type Founder, openTestGate, type TestGate } from "../testing/test-core.ts";
import { createChangesHub, type ChangesHub } from "./changes-hub.ts";
import { followWorkstations, type KnownWorkstation, type WorkstationRegistry } from "./workstations.ts";

let gate: TestGate;
let changes: ChangesHub;
let registry: WorkstationRegistry;
let [ada, eve]: [Founder | null, Founder | null] = [null, null];
const opened: KnownWorkstation[] = [];
const removed: string[] = [];

beforeAll(async () => {
  gate = await openTestGate(inject("postgres"));
  [ada, eve] = [await enrol(gate, "Ada"), await enrol(gate, "Eve")];
  changes = createChangesHub(gate.database.urls.gate);
  registry = followWorkstations({
    db: gate.core.db,
    changes,
    log: gate.core.tools.log,
    onWorkstation: async (workstation) => void opened.push(workstation),
    onRemoved: async (workstation) => void removed.push(workstation),
  });
  await registry.ready;
  for (const founder of [ada, eve]) {
    await asWeb(
      founder.organization,
      "INSERT INTO control.organizations (organization_id, name) VALUES ($1, 'x')",
      founder.organization,
    );
    await asWeb(
      founder.organization,
      "INSERT INTO control.organization_directory (id) VALUES ($1)",
      founder.organization,
    );
  }
});
afterAll(async () => {
  await registry.stop();
  await changes.stop();
  await gate.close();
});

async function asWeb(organization: string, sql: string, ...values: unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: gate.database.urls.web });
  await client.connect();
  try {
    await client.query("SELECT set_config('nightgate.organization_id', $1, false)", [organization]);
    await client.query(sql, values);
  } finally {
    await client.end();
  }
}

const want = async (organization: string, id: string, name: string): Promise<void> =>
  await asWeb(
    organization,
    "INSERT INTO control.workstations (organization_id, id, name, created_by) VALUES ($1, $2, $3, 'per_x')",
    organization,
    id,
    name,
  );

test("a workstation that web wants is entered in the gate's own book, and its socket is opened; when it is removed, it is closed", async () => {
  const organization = ada?.organization ?? "";
  await want(organization, "ws_aaaaaaaaaaaa", "atlas");
  await vi.waitFor(
    () =>
      expect(opened).toContainEqual({
        organization,
        workstation: "ws_aaaaaaaaaaaa",
        workstationName: "atlas",
      }),
    5000,
  );
  expect(await registry.list(organization)).toEqual([{ id: "ws_aaaaaaaaaaaa", name: "atlas" }]);
  await asWeb(
    organization,
    "UPDATE control.workstations SET wanted = 'removed' WHERE id = 'ws_aaaaaaaaaaaa'",
  );
  await vi.waitFor(() => expect(removed).toContain("ws_aaaaaaaaaaaa"), 5000);
});

test("invariant 9, A8: a workstation that web hands to another organization stays where it was first seen, and its socket stays shut", async () => {
  const [first, second] = [ada?.organization ?? "", eve?.organization ?? ""];
  await want(first, "ws_bbbbbbbbbbbb", "borealis");
  await vi.waitFor(
    () => expect(opened.some((entry) => entry.workstation === "ws_bbbbbbbbbbbb")).toBe(true),
    5000,
  );
  const client = new pg.Client({ connectionString: gate.database.urls.superuser });
  await client.connect();
  await client.query("UPDATE control.workstations SET organization_id = $1 WHERE id = 'ws_bbbbbbbbbbbb'", [
    second,
  ]);
  await client.end();
  await vi.waitFor(
    () => expect(gate.logged.some((line) => line.message.includes("second organization"))).toBe(true),
    5000,
  );
  expect(opened.filter((entry) => entry.organization === second)).toEqual([]);
  expect((await registry.list(second)).length).toBe(0);
  await expect(
    gate.forge(first, "UPDATE gate.workstations SET organization_id = $1", [second]),
  ).rejects.toThrow(/permission denied/);
});

test("a workstation of an organization that was not founded here gets no socket", async () => {
  const stranger = "org_zzzzzzzzzzzz";
  await asWeb(
    stranger,
    "INSERT INTO control.organizations (organization_id, name) VALUES ($1, 'x')",
    stranger,
  );
  await asWeb(stranger, "INSERT INTO control.organization_directory (id) VALUES ($1)", stranger);
  await want(stranger, "ws_cccccccccccc", "cassini");
  await want(ada?.organization ?? "", "ws_dddddddddddd", "dione");
  await vi.waitFor(
    () => expect(opened.some((entry) => entry.workstation === "ws_dddddddddddd")).toBe(true),
    5000,
  );
  expect(opened.some((entry) => entry.workstation === "ws_cccccccccccc")).toBe(false);
});
