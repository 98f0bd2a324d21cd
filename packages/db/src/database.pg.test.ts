/** The database handle over a server that ends its connections whenever it likes. */
import pg from "pg";
import { expect, inject, test } from "vitest";
import { openJobsDatabase } from "./jobs.ts";
import { cloneDatabase } from "./testing.ts";

test("invariant 10: connections that the server ends at any moment fail their queries, and never the process", async () => {
  const database = await cloneDatabase(inject("postgres"));
  const behind = new pg.Pool({ connectionString: database.urls.superuser, max: 1 });
  const db = openJobsDatabase(database.urls.runner);
  let ended = 0;
  let failed = 0;
  try {
    // An error that nobody hears fails the whole run of the tests: there is nothing more to expect of it here.
    for (let round = 0; round < 40; round += 1) {
      const asked = Promise.allSettled(
        Array.from({ length: 8 }, async () => await db.asNobody(async (tx) => await tx.$queryRaw`SELECT 1`)),
      );
      const { rowCount } = await behind.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'nightgate_runner' AND datname = current_database()",
      );
      ended += rowCount ?? 0;
      failed += (await asked).filter(({ status }) => status === "rejected").length;
    }
    expect(ended).toBeGreaterThan(40);
    expect(failed).toBeGreaterThan(0);
    await expect(db.asNobody(async (tx) => await tx.$queryRaw`SELECT 1 AS one`)).resolves.toEqual([
      { one: 1 },
    ]);
  } finally {
    await db.close();
    await behind.end();
    await database.drop();
  }
});
