/** A real database per test file: one server for the whole run, one migrated template, cloned in milliseconds. Imported by tests only. */
import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";
import pg from "pg";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded-postgres.ts";
import { prepareDatabase, ROLES, type Role, rolePasswords } from "./migrate.ts";
import { testServerFolder } from "./testing-folder.ts";

export interface TestServer {
  superuserUrl: string;
  passwordsFile: string;
  stop(): Promise<void>;
}

const TEMPLATE = "nightgate_template";

/** Nothing of this server outlives its run, so it need not see to that; and nobody reads its databases long enough for them to be tidied. */
const SETTINGS = [
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "wal_level=minimal",
  "max_wal_senders=0",
  "max_wal_size=512MB",
  "autovacuum=off",
  "log_min_messages=fatal",
];

/** Starts a server with a migrated template database. For vitest's global set-up; hand its `superuserUrl` and `passwordsFile` to the tests. */
export async function startTestServer(): Promise<TestServer> {
  const folder = testServerFolder();
  const server: EmbeddedPostgres = await startEmbeddedPostgres(folder, SETTINGS);
  const passwordsFile = join(folder, "passwords.json");
  await prepareDatabase(server.superuserUrl, TEMPLATE, rolePasswords(passwordsFile));
  return {
    superuserUrl: server.superuserUrl,
    passwordsFile,
    stop: async () => {
      await withoutClients(server.superuserUrl);
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface TestDatabase {
  /** Each role's own URL, and the superuser's for looking behind the curtain. */
  urls: Record<Role | "superuser", string>;
  drop(): Promise<void>;
}

/** Clones the template. `server` is what startTestServer gave. */
export async function cloneDatabase(
  server: Pick<TestServer, "superuserUrl" | "passwordsFile">,
): Promise<TestDatabase> {
  if (!existsSync(server.passwordsFile))
    throw new Error("The test server is gone. Run the tests through vitest's `pg` project.");
  const name = `test_${randomBytes(6).toString("hex")}`;
  await asSuperuser(
    server.superuserUrl,
    // Copied as files: the other way writes every page of the template to the log first.
    `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} OWNER nightgate_owner STRATEGY file_copy`,
  );
  await asSuperuser(
    server.superuserUrl,
    `GRANT CONNECT ON DATABASE ${name} TO nightgate_web, nightgate_runner, nightgate_provisioner, nightgate_gate`,
  );
  const passwords = rolePasswords(server.passwordsFile);
  const at = (user: string, password: string): string => {
    const url = new URL(server.superuserUrl);
    url.pathname = `/${name}`;
    if (user) Object.assign(url, { username: user, password });
    return url.href;
  };
  const roles = Object.fromEntries(
    ROLES.map((role) => [role, at(`nightgate_${role}`, passwords[role])]),
  ) as Record<Role, string>;
  return {
    urls: { ...roles, superuser: at("", "") },
    drop: async () => {
      await withoutClients(server.superuserUrl, name);
      await asSuperuser(server.superuserUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/**
 * Waits until the clients have gone, 5 s at most. A pool's end() comes back before the server knows of it; a connection that is
 * ended from here in that moment is an error that nobody listens to, and fails a run whose tests have all passed.
 */
async function withoutClients(url: string, database?: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (let look = 0; look < 100; look += 1) {
      const { rowCount } = await client.query(
        `SELECT FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND ($1::text IS NULL OR datname = $1)`,
        [database ?? null],
      );
      if (rowCount === 0) return;
      await systemClock.wait(50);
    }
  } finally {
    await client.end();
  }
}

async function asSuperuser(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
