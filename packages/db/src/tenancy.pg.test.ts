import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
/** Invariant 9, generated from the catalogue: on every table the wrong organization and the wrong role get nothing. A new table is in the test without anybody's doing. */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { printPrismaSchema } from "./print-schema.ts";
import { cloneDatabase, type TestDatabase } from "./testing.ts";

const SERVICES = ["web", "runner", "provisioner", "gate"] as const;
const OWNER_OF = { control: "web", jobs: "runner", fleet: "provisioner", gate: "gate" } as const;
type Schema = keyof typeof OWNER_OF;

/** Tables without a tenant, each with the reason. Adding one here is a decision to be reviewed. */
const WITHOUT_TENANT: Record<string, string> = {
  "control.access_clients": "programs that have registered themselves, before anybody has let them in",
  "control.code_guesses": "a person's wrong guesses at codes",
  "control.device_logins": "a ceremony's, before anybody is known",
  "control.organization_directory": "bare ids, so that a process can visit every tenant",
  "control.sessions":
    "a person's, keyed by the digest of their cookie; names at most the organization that is open",
  "fleet.images": "the installation's",
  "gate.installation": "the installation's",
  "gate.persons": "a person belongs to the installation",
  "gate.passkeys": "a person's",
  "gate.sessions": "a person's",
  "gate.challenges": "a ceremony's, before anybody is known",
  "gate.sign_in_codes": "a person's, for seconds",
  "gate.push_subscriptions": "a person's devices",
  "gate.device_tests": "of a person's devices",
  "gate.quiet_hours": "a person's hours",
  "gate.attention": "what wakes a person",
  "gate.interruptions": "what woke a person, and in which night",
};

interface Table {
  schema: Schema;
  name: string;
  tenant: boolean;
  secured: boolean;
  forced: boolean;
}

let database: TestDatabase;
let tables: Table[];
const clients = new Map<string, pg.Client>();

async function client(role: keyof TestDatabase["urls"]): Promise<pg.Client> {
  const known = clients.get(role);
  if (known) return known;
  const made = new pg.Client({ connectionString: database.urls[role] });
  await made.connect();
  clients.set(role, made);
  return made;
}

beforeAll(async () => {
  database = await cloneDatabase(inject("postgres"));
  const { rows } = await (
    await client("superuser")
  ).query<Table>(
    `SELECT n.nspname AS schema, c.relname AS name, c.relrowsecurity AS secured, c.relforcerowsecurity AS forced,
        EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organization_id') AS tenant
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p') ORDER BY 1, 2`,
    [Object.keys(OWNER_OF)],
  );
  tables = rows;
});

afterAll(async () => {
  for (const open of clients.values()) await open.end();
  await database.drop();
});

test("the catalogue has the tables that the product is made of", () => {
  expect(tables.length).toBeGreaterThan(25);
});

test("invariant 9: every table has a tenant and forced row-level security, or a written reason", () => {
  const open = tables
    .filter((table) => !(table.tenant && table.secured && table.forced))
    .map((table) => `${table.schema}.${table.name}`);
  expect(open).toEqual(Object.keys(WITHOUT_TENANT).toSorted());
});

/** Fills one row of each column by its type, without its constraints: what is attacked is who sees it, not whether it is sensible. */
async function plant(table: Table, organization: string): Promise<void> {
  const admin = await client("superuser");
  const { rows } = await admin.query<{ column: string; type: string }>(
    "SELECT column_name AS column, data_type AS type FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 AND is_identity = 'NO' AND is_generated = 'NEVER' AND is_nullable = 'NO' AND column_default IS NULL",
    [table.schema, table.name],
  );
  const samples: Record<string, string> = {
    jsonb: "{}",
    boolean: "true",
    "timestamp with time zone": "2026-01-01",
  };
  const value = ({ column, type }: { column: string; type: string }): string => {
    if (column === "organization_id") return organization;
    return samples[type] ?? (type.includes("int") || type === "numeric" ? "1" : `x-${organization}`);
  };
  await admin.query("SET session_replication_role = replica");
  for (const { conname } of (
    await admin.query<{ conname: string }>(
      "SELECT conname FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'c'",
      [`${table.schema}.${table.name}`],
    )
  ).rows) {
    await admin.query(
      `ALTER TABLE ${table.schema}.${table.name} DROP CONSTRAINT ${admin.escapeIdentifier(conname)}`,
    );
  }
  await admin.query(
    `INSERT INTO ${table.schema}.${table.name} (${rows.map((row) => row.column).join(", ")}) VALUES (${rows.map((_, index) => `$${index + 1}`).join(", ")})`,
    rows.map(value),
  );
  await admin.query("SET session_replication_role = origin");
}

function ofATenant(table: Table): boolean {
  return table.tenant && WITHOUT_TENANT[`${table.schema}.${table.name}`] === undefined;
}

async function rowsSeen(
  role: (typeof SERVICES)[number],
  organization: string,
  table: Table,
): Promise<number | "refused"> {
  const connection = await client(role);
  await connection.query("BEGIN");
  try {
    await connection.query("SELECT set_config('nightgate.organization_id', $1, true)", [organization]);
    const { rowCount } = await connection.query(`SELECT 1 FROM ${table.schema}.${table.name}`);
    return rowCount ?? 0;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === "42501") return "refused";
    throw error;
  } finally {
    await connection.query("ROLLBACK");
  }
}

describe("invariant 9: with a row of one organization in every table", () => {
  beforeAll(async () => {
    for (const table of tables.filter((entry) => entry.tenant)) await plant(table, "org_victim");
  });

  test("its owner sees it as that organization, and nothing as another or as none", async () => {
    for (const table of tables.filter(ofATenant)) {
      const owner = OWNER_OF[table.schema];
      expect([table.name, await rowsSeen(owner, "org_victim", table)]).toEqual([table.name, 1]);
      expect([table.name, await rowsSeen(owner, "org_attacker", table)]).toEqual([table.name, 0]);
      expect([table.name, await rowsSeen(owner, "", table)]).toEqual([table.name, 0]);
    }
  });

  test("no other role sees a row as the wrong organization", async () => {
    for (const table of tables.filter(ofATenant)) {
      for (const role of SERVICES.filter((service) => service !== OWNER_OF[table.schema])) {
        expect([role, table.name, await rowsSeen(role, "org_attacker", table)]).not.toEqual([
          role,
          table.name,
          1,
        ]);
      }
    }
  });

  test("invariant 4: none but the gate reads the gate's tables, as whichever organization", async () => {
    for (const table of tables.filter((entry) => entry.schema === "gate")) {
      for (const role of SERVICES.filter((service) => service !== "gate")) {
        expect([role, table.name, await rowsSeen(role, "org_victim", table)]).toEqual([
          role,
          table.name,
          "refused",
        ]);
      }
    }
  });

  test("every view obeys the same, also through its owner's eyes", async () => {
    const { rows } = await (
      await client("superuser")
    ).query<{ schema: Schema; name: string }>(
      "SELECT schemaname AS schema, viewname AS name FROM pg_views WHERE schemaname = ANY($1)",
      [Object.keys(OWNER_OF)],
    );
    expect(rows.length).toBeGreaterThan(3);
    for (const view of rows) {
      const table: Table = { ...view, tenant: true, secured: true, forced: true };
      expect([view.name, await rowsSeen("web", "org_attacker", table)]).toEqual([view.name, 0]);
    }
  });
});

test("invariant 4: no role but the gate may write one row of the gate, and no role may change who owns a workstation", async () => {
  const { rows } = await (
    await client("superuser")
  ).query<{ grantee: string; table_name: string; privilege_type: string }>(
    "SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants WHERE table_schema = 'gate' AND grantee LIKE 'nightgate_%' AND grantee NOT IN ('nightgate_owner', 'nightgate_gate') AND privilege_type <> 'SELECT'",
  );
  expect(rows).toEqual([]);
  await expect(
    (await client("superuser")).query("UPDATE gate.workstations SET organization_id = 'org_attacker'"),
  ).rejects.toThrow("written once");
});

test("no role may create, own or bypass anything", async () => {
  const { rows } = await (
    await client("superuser")
  ).query(
    "SELECT rolname FROM pg_roles WHERE rolname LIKE 'nightgate_%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)",
  );
  expect(rows).toEqual([]);
});

test("schema.prisma agrees with the migrated database", async () => {
  const fresh = await cloneDatabase(inject("postgres"));
  const owner = new pg.Client({ connectionString: fresh.urls.superuser });
  await owner.connect();
  const file = readFileSync(
    fileURLToPath(new URL("../../../prisma/schema/tables.prisma", import.meta.url)),
    "utf8",
  );
  expect(await printPrismaSchema(owner)).toBe(file);
  await owner.end();
  await fresh.drop();
});
