/** `node packages/db/src/cli/print-schema.ts`: writes prisma/schema/tables.prisma from a database that is made, migrated and thrown away for it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { startEmbeddedPostgres } from "../embedded-postgres.ts";
import { prepareDatabase, rolePasswords } from "../migrate.ts";
import { printPrismaSchema } from "../print-schema.ts";

const folder = mkdtempSync(join(tmpdir(), "nightgate-schema-"));
const server = await startEmbeddedPostgres(folder);
try {
  const urls = await prepareDatabase(
    server.superuserUrl,
    "nightgate",
    rolePasswords(join(folder, "passwords.json")),
  );
  const client = new pg.Client({ connectionString: urls.owner });
  await client.connect();
  writeFileSync(
    fileURLToPath(new URL("../../../../prisma/schema/tables.prisma", import.meta.url)),
    await printPrismaSchema(client),
  );
  await client.end();
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
