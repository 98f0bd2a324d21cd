/**
 * What somebody has who has a process's whole database role, from the catalogue: each table that it may write is written down here, so that
 * one more is a decision. And what PostgreSQL itself offers to whoever is logged in: programs, files, other sessions, names in front of ours.
 */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { cloneDatabase, type TestDatabase } from "./testing.ts";

const OTHERS = ["web", "runner", "provisioner"] as const;
type Other = (typeof OTHERS)[number];

/** Everything that these roles may write. */
const WRITES: Record<Other, string[]> = {
  web: [
    "control.access_clients DELETE INSERT UPDATE",
    "control.access_grants DELETE INSERT UPDATE",
    "control.access_tokens DELETE INSERT UPDATE",
    "control.code_guesses DELETE INSERT UPDATE",
    "control.device_logins DELETE INSERT UPDATE",
    "control.invitations INSERT UPDATE",
    "control.members INSERT UPDATE",
    "control.organization_directory INSERT",
    "control.organizations INSERT UPDATE",
    "control.sessions DELETE INSERT UPDATE",
    "control.workstations INSERT UPDATE",
    "jobs.inbox INSERT",
  ],
  runner: [
    "jobs.chain_jobs INSERT UPDATE",
    "jobs.chain_runs INSERT UPDATE",
    "jobs.chains INSERT UPDATE",
    "jobs.events INSERT",
    "jobs.fires DELETE INSERT",
    "jobs.human_messages INSERT UPDATE",
    "jobs.inbox UPDATE",
    "jobs.jobs INSERT UPDATE",
    "jobs.locks INSERT UPDATE",
    "jobs.marks INSERT",
    "jobs.memories DELETE INSERT UPDATE",
    "jobs.memory_changes DELETE INSERT UPDATE",
    "jobs.memory_links DELETE INSERT UPDATE",
    "jobs.memory_uses INSERT UPDATE",
    "jobs.message_stages INSERT",
    "jobs.messages DELETE INSERT UPDATE",
    "jobs.needs DELETE INSERT UPDATE",
    "jobs.nights INSERT UPDATE",
    "jobs.peer_descriptions INSERT UPDATE",
    "jobs.prompts INSERT UPDATE",
    "jobs.runs INSERT UPDATE",
    "jobs.schedules INSERT UPDATE",
    "jobs.verb_calls DELETE INSERT UPDATE",
    "jobs.workstations INSERT UPDATE",
  ],
  provisioner: ["fleet.images INSERT UPDATE", "fleet.workstations INSERT UPDATE"],
};

let database: TestDatabase;
let admin: pg.Client;
const clients = new Map<string, pg.Client>();

beforeAll(async () => {
  database = await cloneDatabase(inject("postgres"));
  admin = await connected("superuser");
  for (const role of OTHERS) clients.set(role, await connected(role));
  clients.set("gate", await connected("gate"));
});
afterAll(async () => {
  for (const client of [admin, ...clients.values()]) await client.end();
  await database.drop();
});

async function connected(role: keyof TestDatabase["urls"]): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.urls[role] });
  await client.connect();
  return client;
}

/** What PostgreSQL says to the role; "done" where it did it. Nothing of it stays. */
async function says(role: string, sql: string): Promise<string> {
  const client = clients.get(role) ?? admin;
  await client.query("BEGIN");
  try {
    await client.query(sql);
    return "done";
  } catch (error) {
    return error instanceof pg.DatabaseError ? (error.code ?? "") : String(error);
  } finally {
    await client.query("ROLLBACK");
  }
}

describe.each(OTHERS)("invariant 4: with all that the role of %s can do", (role) => {
  test("it writes the tables that are written down here, and no other", async () => {
    const { rows } = await admin.query<{ line: string }>(
      `SELECT n.nspname || '.' || c.relname || ' ' || string_agg(p, ' ' ORDER BY p) AS line
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
          unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN']) p
        WHERE n.nspname IN ('control', 'jobs', 'fleet', 'gate', 'public') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND CASE WHEN p IN ('INSERT', 'UPDATE', 'REFERENCES') THEN has_any_column_privilege($1, c.oid, p) ELSE has_table_privilege($1, c.oid, p) END
        GROUP BY n.nspname, c.relname`,
      [`nightgate_${role}`],
    );
    expect(rows.map(({ line }) => line).toSorted()).toEqual(WRITES[role]);
  });

  test("it makes nothing, in no schema, and stands with no name before ours", async () => {
    const { rows } = await admin.query<{ schema: string }>(
      "SELECT nspname AS schema FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_t%' AND has_schema_privilege($1, oid, 'CREATE')",
      [`nightgate_${role}`],
    );
    expect(rows).toEqual([]);
    expect(await says(role, "CREATE SCHEMA mine")).toBe("42501");
    expect(
      await says(role, "CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS 'SELECT 1::text'"),
    ).toBe("42501");
    expect(await says(role, "CREATE EXTENSION dblink")).toMatch(/^(42501|0A000|58P01)$/);
  });

  test.each([
    ["become another role", "SET ROLE nightgate_gate"],
    ["become the owner", "SET SESSION AUTHORIZATION nightgate_owner"],
    ["make itself more", "ALTER ROLE nightgate_gate PASSWORD 'x'"],
    ["look past row-level security", "ALTER TABLE gate.holds NO FORCE ROW LEVEL SECURITY"],
    ["switch the triggers off", "SET session_replication_role = replica"],
    ["run a program", "COPY (SELECT 1) TO PROGRAM 'true'"],
    ["read a file", "SELECT pg_read_file('/etc/passwd')"],
    ["read a file into a table", "CREATE TEMP TABLE f (t text); COPY f FROM '/etc/passwd'"],
    ["write a file", "COPY (SELECT 1) TO '/tmp/nightgate-attack'"],
    [
      "end the gate's sessions",
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'nightgate_gate'",
    ],
    ["read the passwords", "SELECT * FROM pg_authid"],
    ["lock the gate's tables", "LOCK TABLE gate.holds IN ACCESS EXCLUSIVE MODE"],
    ["throw a table away", "DROP TABLE gate.receipts"],
    ["empty a table", "TRUNCATE gate.receipts"],
    ["change a view of the gate's", "CREATE OR REPLACE VIEW gate.hold_view AS SELECT 1"],
    ["write through a view of the gate's", "UPDATE gate.hold_view SET state = 'approved'"],
    ["move the log's head", "UPDATE gate.organizations SET log_size = 0"],
    ["take a secret's ciphertext", "SELECT sealed FROM gate.secrets"],
    ["read sessions of the gate's", "SELECT * FROM gate.sessions"],
  ])("it cannot %s", async (_what, sql) => {
    expect(await says(role, sql)).toMatch(/^(42501|42809|55000|0A000)$/);
  });

  test("it changes no setting of the server", async () => {
    await expect(clients.get(role)?.query("ALTER SYSTEM SET log_statement = 'all'")).rejects.toMatchObject({
      code: "42501",
    });
  });

  test("what other roles ask is not to be read in the server's list of sessions", async () => {
    await clients.get("gate")?.query("SELECT 'a-secret-in-a-query'");
    const { rows } = (await clients
      .get(role)
      ?.query<{ query: string }>("SELECT query FROM pg_stat_activity WHERE usename = 'nightgate_gate'")) ?? {
      rows: [],
    };
    expect(rows.length).toBeGreaterThan(0);
    for (const { query } of rows) expect(query).toBe("<insufficient privilege>");
  });
});

test("invariant 4: no function runs with more rights than its caller's, but those that are written down here", async () => {
  const { rows } = await admin.query<{ name: string }>(
    "SELECT n.nspname || '.' || p.proname AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prosecdef AND n.nspname IN ('control', 'jobs', 'fleet', 'gate', 'public') ORDER BY 1",
  );
  expect(rows.map(({ name }) => name)).toEqual([]);
});

test("A1, invariant 9: the setting that says whose rows are seen is no way to those of all", async () => {
  for (const value of ["%", "*", "org_a' OR 'x'='x", "", "org_%"]) {
    await admin.query(
      "INSERT INTO control.organizations (organization_id, name) VALUES ('org_victim', 'Victim') ON CONFLICT DO NOTHING",
    );
    const web = clients.get("web");
    await web?.query("SELECT set_config('nightgate.organization_id', $1, false)", [value]);
    expect((await web?.query("SELECT * FROM control.organizations"))?.rows).toEqual([]);
  }
});

test("A1, invariant 9: an organization's row is not given to another, nor written in another's name", async () => {
  const web = clients.get("web");
  await web?.query("SELECT set_config('nightgate.organization_id', 'org_eve', false)");
  await web?.query("INSERT INTO control.organizations (organization_id, name) VALUES ('org_eve', 'Eve')");
  await web?.query(
    "INSERT INTO control.workstations (organization_id, id, name, created_by) VALUES ('org_eve', 'ws_eve', 'box', 'x')",
  );
  expect(
    await says("web", "UPDATE control.workstations SET organization_id = 'org_victim' WHERE id = 'ws_eve'"),
  ).toBe("42501");
  expect(
    await says("web", "INSERT INTO jobs.inbox (organization_id, body) VALUES ('org_victim', '{}')"),
  ).toBe("42501");
  expect(
    await says(
      "web",
      "INSERT INTO control.members (organization_id, person_id, name, role) VALUES ('org_victim', 'per_x', 'Eve', 'owner')",
    ),
  ).toBe("42501");
});
