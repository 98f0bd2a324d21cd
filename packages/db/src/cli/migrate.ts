/**
 * `node packages/db/src/cli/migrate.ts`: makes roles and database, migrates, and writes each role's URL to $NIGHTGATE_HOME/database-urls.json (0600).
 * The server is the embedded one of $NIGHTGATE_HOME, or the one of DATABASE_URL (a role that may create roles and databases).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { prepareDatabase, rolePasswords } from "../migrate.ts";
import { homeOf, superuserUrl } from "./superuser-url.ts";

const home = homeOf(process.env);
const urls = await prepareDatabase(
  superuserUrl(process.env),
  "nightgate",
  rolePasswords(join(home, "database-passwords.json")),
);
writeFileSync(join(home, "database-urls.json"), `${JSON.stringify(urls, null, 2)}\n`, { mode: 0o600 });
process.stdout.write("migrated\n");
