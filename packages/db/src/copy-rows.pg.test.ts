/** The rows of one database, put into another one: all of them as they were, and nothing where anything is off. */
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { copyIn, copyOut } from "./copy-rows.ts";
import { cloneDatabase, type TestDatabase } from "./testing.ts";

let [from, to]: TestDatabase[] = [];
beforeAll(async () => {
  from = await cloneDatabase(inject("postgres"));
  to = await cloneDatabase(inject("postgres"));
  await ask(
    from,
    "INSERT INTO control.organizations (organization_id, name) VALUES ('org_a', 'Grün & \\\\ \"Co\"')",
  );
  await ask(
    from,
    `INSERT INTO gate.organizations (organization_id, name, log_size, log_root, checkpoint)
     VALUES ('org_a', 'A', 9007199254740993, repeat('0', 64), E'line\\nline\\n')`,
  );
  await ask(
    from,
    "INSERT INTO jobs.inbox (organization_id, body) SELECT 'org_a', jsonb_build_object('n', n, 'text', E'a\\u00e9\\n') FROM generate_series(1, 450) n",
  );
});
afterAll(async () => await Promise.all([from?.drop(), to?.drop()]));

async function ask(database: TestDatabase | undefined, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database?.urls.superuser });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}

const EVERYTHING = `SELECT to_jsonb(o)::text AS row FROM gate.organizations o UNION ALL SELECT to_jsonb(c)::text FROM control.organizations c
  UNION ALL (SELECT to_jsonb(i)::text FROM jobs.inbox i ORDER BY i) UNION ALL SELECT last_value::text FROM pg_sequences WHERE schemaname = 'jobs'`;

async function copied(
  whileStill: () => Promise<void> = async () => await Promise.resolve(),
): Promise<string[]> {
  const lines: string[] = [];
  await copyOut(from?.urls.superuser ?? "", whileStill, async (line) => {
    lines.push(line);
    await Promise.resolve();
  });
  return lines.slice(1);
}

test("who is signed in, and which program was let in, is not copied: what was ended since stays ended", async () => {
  await ask(
    from,
    `INSERT INTO control.sessions (token_digest, person_id, person_name, organization_id, expires_at) VALUES ('kept-secret', 'per_a', 'A', 'org_a', now());
     INSERT INTO control.access_grants (organization_id, id, person_id, client_id, resource, scope, client_name, expires_at)
     VALUES ('org_a', 'kept-secret', 'per_a', 'x', 'x', 'act', 'x', now());
     INSERT INTO control.access_tokens (organization_id, digest, grant_id, kind, expires_at) VALUES ('org_a', 'kept-secret', 'kept-secret', 'access', now());
     INSERT INTO control.device_logins (device_digest, user_code, scope, client_name, expires_at) VALUES ('kept-secret', 'x', 'act', 'x', now())`,
  );
  expect(JSON.stringify(await copied())).not.toContain("kept-secret");
});

test("every row, number and character comes back as it was, and sequences go on", async () => {
  const lines = await copied();
  await copyIn(to?.urls.superuser ?? "", each(lines));
  expect(await ask(to, EVERYTHING)).toEqual(await ask(from, EVERYTHING));
  expect(JSON.stringify(await ask(to, EVERYTHING))).toContain("9007199254740993");
});

test("no log grows while it stands still, and what is written after that is not in the copy", async () => {
  let written: Promise<unknown> = Promise.resolve();
  const lines = await copied(async () => {
    // It waits for the lock; had it not to wait, it would be in nobody's copy and this test would say nothing.
    written = ask(from, "UPDATE gate.organizations SET name = 'later'");
    await expect
      .poll(
        async () =>
          await ask(
            from,
            "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'gate.organizations'::regclass",
          ),
      )
      .toHaveLength(1);
  });
  await written;
  expect(lines.join("\n")).not.toContain('"later"');
  expect(await ask(from, "SELECT name FROM gate.organizations")).toEqual([{ name: "later" }]);
});

test.each<[string, (lines: string[]) => string[], RegExp]>([
  ["an end that is missing", (lines) => lines.slice(0, -1), /end in the middle/],
  ["a table that is not known", (lines) => ['{"table":"gate.none"}', ...lines], /does not know/],
])("%s changes nothing", async (_what, change, says) => {
  const before = await ask(to, EVERYTHING);
  await expect(copyIn(to?.urls.superuser ?? "", each(change(await copied())))).rejects.toThrow(says);
  expect(await ask(to, EVERYTHING)).toEqual(before);
});
