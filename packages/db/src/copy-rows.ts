/**
 * All rows of the product's schemas as lines of JSON, and back: the database's part of a backup. Every value is written and read by PostgreSQL
 * itself, so nothing passes through a JavaScript number; the tables are made by the migrations, so a copy fits a newer PostgreSQL too.
 */
import { Problem } from "@nightgate/shared/problems";
import pg from "pg";

const SCHEMAS = ["control", "fleet", "gate", "jobs"];
/** Not copied: who was signed in or in the middle of a ceremony, and which programs were let in. What was ended since must not come back to life. */
const OF_THE_MOMENT = [
  "control.access_grants",
  "control.access_tokens",
  "control.code_guesses",
  "control.device_logins",
  "control.sessions",
  "gate.challenges",
  "gate.sessions",
  "gate.sign_in_codes",
];
const ROWS_PER_FETCH = 200;
const LINES_PER_INSERT = 200;

/** The first line: which migrations had made the tables. */
export interface CopyHead {
  format: "nightgate.rows.v1";
  migrations: { name: string; checksum: string }[];
}

/**
 * Reads one snapshot of everything. `whileStill` runs while no organization's log can grow, between the snapshot's beginning and its reading: what is
 * copied from the gate's disk then is neither newer nor older than the rows. `databaseUrl` is a superuser's.
 */
export async function copyOut(
  databaseUrl: string,
  whileStill: () => Promise<void>,
  write: (line: string) => Promise<void>,
): Promise<void> {
  const [still, reader] = [await connected(databaseUrl), await connected(databaseUrl)];
  try {
    await still.query("BEGIN");
    await still.query("LOCK TABLE gate.organizations IN EXCLUSIVE MODE");
    await reader.query("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    const { rows: migrations } = await reader.query<CopyHead["migrations"][number]>(
      "SELECT name, checksum FROM public.migrations ORDER BY name",
    );
    await whileStill();
    await still.query("COMMIT");
    await write(JSON.stringify({ format: "nightgate.rows.v1", migrations } satisfies CopyHead));
    const wanted = (await tables(reader)).filter((table) => !OF_THE_MOMENT.includes(table));
    for (const table of wanted) await copyTable(reader, table, write);
    for (const line of await sequences(reader)) await write(line);
    await write(JSON.stringify({ end: true }));
    await reader.query("COMMIT");
  } finally {
    await Promise.all([still.end(), reader.end()]);
  }
}

/** Puts lines of `copyOut` into a database that was migrated as far as they were and is empty. All of it or nothing. */
export async function copyIn(databaseUrl: string, lines: AsyncIterable<string>): Promise<void> {
  const client = await connected(databaseUrl);
  try {
    await client.query("BEGIN");
    // Rows come in the order of table names: keys that point ahead and triggers that announce have had their say when the rows were written first.
    await client.query("SET LOCAL session_replication_role = replica");
    const known = new Set(await tables(client));
    for (const table of known) await client.query(`DELETE FROM ${table}`);
    let [table, rows, ended]: [string, string[], boolean] = ["", [], false];
    const flush = async (): Promise<void> => {
      if (rows.length > 0) await insert(client, table, rows);
      rows = [];
    };
    for await (const line of lines) {
      const entry = JSON.parse(line.startsWith('{"row":') ? "{}" : line) as Record<string, unknown>;
      if (line.startsWith('{"row":')) rows.push(line.slice('{"row":'.length, -1));
      if (rows.length >= LINES_PER_INSERT) await flush();
      if (typeof entry["table"] === "string") {
        await flush();
        table = entry["table"];
        if (!known.has(table)) throw unusable(`it has a table ${table}, which this version does not know`);
      }
      if (typeof entry["sequence"] === "string")
        await client.query("SELECT setval($1::regclass, $2, $3)", [
          entry["sequence"],
          entry["value"],
          entry["called"],
        ]);
      if (entry["end"] === true) ended = true;
    }
    await flush();
    if (!ended) throw unusable("its rows end in the middle");
    await client.query("COMMIT");
  } finally {
    await client.end();
  }
}

function unusable(why: string): Problem<"backup.unusable"> {
  return new Problem("backup.unusable", { why });
}

async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  // Text of dates and numbers is the same wherever this runs.
  await client.query("SET TimeZone = 'UTC'");
  return client;
}

/** Quoted names of all tables, in a fixed order. */
async function tables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname = ANY($1) ORDER BY 1`,
    [SCHEMAS],
  );
  return rows.map(({ name }) => name);
}

async function copyTable(
  client: pg.Client,
  table: string,
  write: (line: string) => Promise<void>,
): Promise<void> {
  await write(JSON.stringify({ table }));
  await client.query(`DECLARE copied NO SCROLL CURSOR FOR SELECT to_jsonb(t)::text AS row FROM ${table} t`);
  for (;;) {
    const { rows } = await client.query<{ row: string }>(`FETCH ${ROWS_PER_FETCH} FROM copied`);
    for (const { row } of rows) await write(`{"row":${row}}`);
    if (rows.length < ROWS_PER_FETCH) break;
  }
  await client.query("CLOSE copied");
}

async function insert(client: pg.Client, table: string, rows: readonly string[]): Promise<void> {
  const columns = await client.query<{ list: string }>(
    `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS list FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
    [table],
  );
  const list = columns.rows[0]?.list ?? "";
  await client.query(
    `INSERT INTO ${table} (${list}) OVERRIDING SYSTEM VALUE SELECT ${list} FROM jsonb_populate_recordset(null::${table}, $1::jsonb)`,
    [`[${rows.join(",")}]`],
  );
}

async function sequences(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ sequence: string; value: string | null }>(
    `SELECT format('%I.%I', schemaname, sequencename) AS sequence, last_value::text AS value
     FROM pg_sequences WHERE schemaname = ANY($1) ORDER BY 1`,
    [SCHEMAS],
  );
  return rows.flatMap(({ sequence, value }) =>
    value === null ? [] : [JSON.stringify({ sequence, value, called: true })],
  );
}
