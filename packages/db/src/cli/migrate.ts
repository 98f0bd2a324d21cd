/**
 * `node packages/db/src/cli/migrate.ts`: makes roles and database, migrates, and writes each role's URL to $NIGHTGATE_HOME/database-urls.json (0600).
 * The server is the embedded one of $NIGHTGATE_HOME, or the one of DATABASE_URL (a role that may create roles and databases).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSettings } from "@nightgate/shared/env";
import { z } from "zod";
import { prepareDatabase, rolePasswords } from "../migrate.ts";

const settings = readSettings(
  z.object({
    NIGHTGATE_HOME: z.string().min(1, "say where the data lives"),
    DATABASE_URL: z.url().optional(),
  }),
  process.env,
);
const home = settings.NIGHTGATE_HOME;
const kept = (name: string): string => readFileSync(join(home, "postgres", name), "utf8").trim();
const superuserUrl =
  settings.DATABASE_URL ??
  `postgresql://postgres:${kept("superuser-password")}@127.0.0.1:${kept("port")}/postgres`;
const urls = await prepareDatabase(
  superuserUrl,
  "nightgate",
  rolePasswords(join(home, "database-passwords.json")),
);
writeFileSync(join(home, "database-urls.json"), `${JSON.stringify(urls, null, 2)}\n`, { mode: 0o600 });
process.stdout.write("migrated\n");
