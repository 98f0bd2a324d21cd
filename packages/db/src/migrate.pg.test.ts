/** Upgrades: a database of an earlier version goes forward with its rows, and one that was made otherwise than this program says is refused. */
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type AppliedMigration, migrate } from "./migrate.ts";
import { cloneDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
let all: AppliedMigration[];
const ask = async (sql: string, ...values: unknown[]): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: database.urls.superuser });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, values)).rows;
  } finally {
    await client.end();
  }
};

beforeAll(async () => {
  database = await cloneDatabase(inject("postgres"));
  all = (await ask("SELECT name, checksum FROM public.migrations ORDER BY name")) as AppliedMigration[];
  await ask("DROP SCHEMA control, jobs, fleet, gate, public CASCADE");
  await ask("CREATE SCHEMA public AUTHORIZATION pg_database_owner");
  await ask("GRANT USAGE ON SCHEMA public TO PUBLIC");
});
afterAll(async () => await database.drop());

test("as far as an earlier version was, and then forward with what was held", async () => {
  const earlier = all.slice(0, 6);
  expect(await migrate(database.urls.owner, earlier)).toEqual(earlier.map(({ name }) => name));
  await ask(
    `INSERT INTO gate.organizations (organization_id, name, log_size, log_root, checkpoint) VALUES ('org_a', 'A', 0, repeat('0', 64), '')`,
  );
  await ask(
    `INSERT INTO gate.holds (organization_id, id, kind, action, action_digest, card, expires_at)
     VALUES ('org_a', 'H-1', 'git.push', '{"kind":"git.push"}', repeat('0', 64), '{}', now() + interval '1 day')`,
  );
  expect(await migrate(database.urls.owner)).toEqual(all.slice(6).map(({ name }) => name));
  expect(await ask("SELECT state, action FROM gate.holds")).toEqual([
    { state: "pending", action: { kind: "git.push" } },
  ]);
  expect(await migrate(database.urls.owner)).toEqual([]);
});

test("a migration that was changed after it was applied is refused by name, and nothing runs", async () => {
  const [{ name } = { name: "" }] = all;
  await ask("UPDATE public.migrations SET checksum = repeat('0', 64) WHERE name = $1", name);
  await expect(migrate(database.urls.owner)).rejects.toThrow(`The migration ${name} was changed`);
});

test("rows of a version that this program does not know are refused", async () => {
  const unknown = [...all, { name: "209901010000_later", checksum: "0".repeat(64) }];
  await expect(migrate(database.urls.owner, unknown)).rejects.toThrow(/does not have the migration 2099/);
});
