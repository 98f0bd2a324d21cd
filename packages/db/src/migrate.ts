/**
 * Applies the SQL migrations of prisma/migrations, each in a transaction of its own, under an advisory lock, through umzug.
 * Plain SQL, since roles, row-level security and views are SQL anyway (docs/decisions/0003-plain-sql-migrations.md).
 */
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { Umzug } from "umzug";

export const ROLES = ["owner", "web", "runner", "provisioner", "gate"] as const;
export type Role = (typeof ROLES)[number];
export type RolePasswords = Record<Role, string>;

const MIGRATIONS = fileURLToPath(new URL("../../../prisma/migrations", import.meta.url));
const ADVISORY_LOCK = 4_871_220_611;

/** Reads the passwords of the roles from `file`, or makes them (0600) where it is missing or empty. */
export function rolePasswords(file: string): RolePasswords {
  if (!existsSync(file) || statSync(file).size === 0) {
    const made = Object.fromEntries(ROLES.map((role) => [role, randomBytes(24).toString("hex")]));
    writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  }
  chmodSync(file, 0o600);
  return JSON.parse(readFileSync(file, "utf8")) as RolePasswords;
}

/** Makes the roles and the database `name` on the server that `superuserUrl` leads to, then migrates it. Returns each role's URL. May be called again at any time. */
export async function prepareDatabase(
  superuserUrl: string,
  name: string,
  passwords: RolePasswords,
  asFarAs?: readonly AppliedMigration[],
): Promise<Record<Role, string>> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [ADVISORY_LOCK]);
    for (const role of ROLES) await ensureRole(client, role, passwords[role]);
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]);
    const database = client.escapeIdentifier(name);
    // The creator must be a member of the owner on servers where it is no superuser.
    if (rowCount === 0) {
      await client.query(`GRANT nightgate_owner TO CURRENT_USER`);
      await client.query(`CREATE DATABASE ${database} OWNER nightgate_owner`);
      await client.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
    }
    for (const role of ROLES)
      await client.query(`GRANT CONNECT ON DATABASE ${database} TO nightgate_${role}`);
  } finally {
    await client.end();
  }
  const urls = Object.fromEntries(
    ROLES.map((role) => [role, roleUrl(superuserUrl, name, role, passwords[role])]),
  ) as Record<Role, string>;
  await migrate(urls.owner, asFarAs);
  return urls;
}

async function ensureRole(client: pg.Client, role: Role, password: string): Promise<void> {
  const name = `nightgate_${role}`;
  const { rowCount } = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [name]);
  const verb = rowCount === 0 ? "CREATE" : "ALTER";
  await client.query(
    `${verb} ROLE ${name} LOGIN NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD ${client.escapeLiteral(password)}`,
  );
}

function roleUrl(superuserUrl: string, database: string, role: Role, password: string): string {
  const url = new URL(superuserUrl);
  url.username = `nightgate_${role}`;
  url.password = password;
  url.pathname = `/${database}`;
  return url.href;
}

export interface AppliedMigration {
  name: string;
  checksum: string;
}

/**
 * Applies what is missing, in the order of the folder names. A migration that was changed after it was applied is an error.
 * `asFarAs` applies those and no others, for rows of another database; one that is not here as it was there is an error.
 */
export async function migrate(ownerUrl: string, asFarAs?: readonly AppliedMigration[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [ADVISORY_LOCK]);
    await client.query(
      "CREATE TABLE IF NOT EXISTS public.migrations (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
    );
    const applied = await umzugOver(client, wantedFiles(await migrationFiles(), asFarAs)).up();
    return applied.map((entry) => entry.name);
  } finally {
    await client.end();
  }
}

function wantedFiles(files: MigrationFile[], asFarAs?: readonly AppliedMigration[]): MigrationFile[] {
  if (!asFarAs) return files;
  return asFarAs.map(({ name, checksum }) => {
    const file = files.find((candidate) => candidate.name === name);
    if (file?.checksum !== checksum) throw new MigrationUnknown(name);
    return file;
  });
}

interface MigrationFile {
  name: string;
  sql: string;
  checksum: string;
}

async function migrationFiles(): Promise<MigrationFile[]> {
  const folders = (await readdir(MIGRATIONS, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  return await Promise.all(
    folders.toSorted().map(async (name) => {
      const sql = await readFile(join(MIGRATIONS, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

function umzugOver(client: pg.Client, files: MigrationFile[]): Umzug<pg.Client> {
  return new Umzug({
    context: client,
    logger: undefined,
    migrations: files.map((file) => ({ name: file.name, up: async () => await apply(client, file) })),
    storage: {
      // Written by `apply`, in the migration's own transaction.
      logMigration: async () => undefined,
      unlogMigration: async () => undefined,
      executed: async () => await executed(client, files),
    },
  });
}

async function apply(client: pg.Client, file: MigrationFile): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query(file.sql);
    await client.query("INSERT INTO public.migrations (name, checksum) VALUES ($1, $2)", [
      file.name,
      file.checksum,
    ]);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

async function executed(client: pg.Client, files: MigrationFile[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    "SELECT name, checksum FROM public.migrations ORDER BY name",
  );
  for (const row of rows) {
    const file = files.find((candidate) => candidate.name === row.name);
    if (file && file.checksum !== row.checksum) throw new MigrationChanged(row.name);
  }
  return rows.map((row) => row.name);
}

/** The database was migrated with other SQL under this name than the one on disk. */
export class MigrationChanged extends Error {
  constructor(name: string) {
    super(
      `The migration ${name} was changed after it was applied to this database. Restore it, and put the change into a new migration.`,
    );
    this.name = "MigrationChanged";
  }
}

/** Rows of another database were made by a migration that this version does not have. */
class MigrationUnknown extends Error {
  constructor(name: string) {
    super(
      `This version does not have the migration ${name} as the backup has it. Restore with the version that made the backup, or a later one.`,
    );
    this.name = "MigrationUnknown";
  }
}
