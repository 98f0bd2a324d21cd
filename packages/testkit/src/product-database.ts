/** The product's own Postgres as one of its roles sees it: for attacks with a role's full power, and to move a row's clock. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { z } from "zod";

const urls = z.record(z.string(), z.string());
export type Role = "web" | "runner" | "provisioner" | "gate";

export interface RoleDatabase {
  /** Runs one statement in a transaction of its own, as the organization when one is named. */
  run(sql: string, values?: unknown[], organization?: string): Promise<Record<string, unknown>[]>;
  /** What Postgres answers to a statement that it refuses, or "done" when it does not. */
  refusal(sql: string, values?: unknown[], organization?: string): Promise<string>;
}

/** What the launcher tells the process of that role, and no other. */
export function databaseUrlOf(home: string, role: Role): string {
  const url = urls.parse(JSON.parse(readFileSync(join(home, "database-urls.json"), "utf8")))[role];
  if (url === undefined) throw new Error(`No database URL of ${role}`);
  return url;
}

/** Connects with what the launcher tells the process of that role, and nothing else. */
export function databaseAs(home: string, role: Role): RoleDatabase {
  const url = databaseUrlOf(home, role);
  const run: RoleDatabase["run"] = async (sql, values = [], organization = "") => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query("BEGIN");
      await client.query("SELECT set_config('nightgate.organization_id', $1, true)", [organization]);
      const { rows } = await client.query<Record<string, unknown>>(sql, values);
      await client.query("COMMIT");
      return rows;
    } finally {
      await client.end();
    }
  };
  return {
    run,
    refusal: async (sql, values, organization) => {
      try {
        const rows = await run(sql, values, organization);
        return `done: ${rows.length} rows`;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
}

/** The only organization of a product with one person. */
export async function onlyOrganization(home: string): Promise<string> {
  const [row] = await databaseAs(home, "gate").run("SELECT id FROM control.organization_directory");
  return z.object({ id: z.string() }).parse(row).id;
}
