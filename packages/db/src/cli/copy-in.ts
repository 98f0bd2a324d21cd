/**
 * `node packages/db/src/cli/copy-in.ts < rows`: for `npm run restore`. Migrates an empty database exactly as far as the copied one was, then puts
 * the rows of copy-out.ts into it. What this version adds is migrated at the next start, as at any upgrade.
 */
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { copyIn } from "../copy-rows.ts";
import { prepareDatabase, rolePasswords } from "../migrate.ts";
import { homeOf, superuserUrl } from "./superuser-url.ts";

const head = z.object({
  format: z.literal("nightgate.rows.v1"),
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })),
});

try {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const first = head.safeParse(JSON.parse((await lines.next()).value ?? "null"));
  if (!first.success) throw new Problem("backup.unusable", { why: "its rows have no beginning" });
  const passwords = rolePasswords(join(homeOf(process.env), "database-passwords.json"));
  await prepareDatabase(superuserUrl(process.env), "nightgate", passwords, first.data.migrations);
  await copyIn(superuserUrl(process.env, "nightgate"), { [Symbol.asyncIterator]: () => lines });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
