/**
 * Prints the Prisma schema that describes a migrated database, from its catalogue. The SQL migrations are the truth;
 * prisma/schema/tables.prisma is this module's output, and a test fails when the two differ.
 */
import type { Client } from "pg";

interface Column {
  schema: string;
  table: string;
  view: boolean;
  column: string;
  type: string;
  nullable: boolean;
  generated: boolean;
  fallback: string | null;
  key: number | null;
}

const SCHEMAS = ["control", "fleet", "gate", "jobs"];

const TYPES: Record<string, string> = {
  text: "String",
  _text: "String[]",
  integer: "Int",
  bigint: "BigInt",
  boolean: "Boolean",
  jsonb: "Json",
  "double precision": "Float",
  numeric: "Decimal @db.Decimal(4, 2)",
  "timestamp with time zone": "DateTime @db.Timestamptz(6)",
};

/** The models and views of the four schemas, one per table, as Prisma writes them. */
export async function printPrismaSchema(client: Client): Promise<string> {
  const columns = await readColumns(client);
  const tables = Map.groupBy(columns, (column) => `${column.schema}.${column.table}`);
  return `// Printed from the migrated database by \`npm run generate -- --schema\`. Do not edit: change prisma/migrations.\n\n${[...tables.values()].map(printTable).join("\n")}`;
}

function printTable(columns: Column[]): string {
  const [first] = columns;
  if (!first) return "";
  const keys = columns
    .filter((column) => column.key !== null)
    .toSorted((a, b) => (a.key ?? 0) - (b.key ?? 0));
  const lines = columns.map((column) => printColumn(column, keys.length));
  if (keys.length > 1) lines.push(`  @@id([${keys.map((column) => camel(column.column)).join(", ")}])`);
  lines.push(`  @@map("${first.table}")`, `  @@schema("${first.schema}")`);
  return `${first.view ? "view" : "model"} ${pascal(first.schema)}${pascal(first.table)} {\n${lines.join("\n")}\n}\n`;
}

function printColumn(column: Column, keyCount: number): string {
  const type = TYPES[column.type] ?? `Unsupported("${column.type}")`;
  const [name = "", native = ""] = type.split(" @");
  const parts = [`  ${camel(column.column)} ${name}${column.nullable ? "?" : ""}`];
  if (native) parts.push(`@${native}`);
  if (column.key !== null && keyCount === 1) parts.push("@id");
  if (column.generated) parts.push("@default(autoincrement())");
  else if (column.fallback !== null)
    parts.push(`@default(dbgenerated("${column.fallback.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"))`);
  if (camel(column.column) !== column.column) parts.push(`@map("${column.column}")`);
  return parts.join(" ");
}

function camel(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function pascal(name: string): string {
  return camel(`_${name}`);
}

async function readColumns(client: Client): Promise<Column[]> {
  const { rows } = await client.query<Column>(
    `SELECT c.table_schema AS schema, c.table_name AS table, t.table_type = 'VIEW' AS view, c.column_name AS column,
        CASE WHEN c.data_type = 'ARRAY' THEN c.udt_name ELSE c.data_type END AS type,
        CASE WHEN t.table_type = 'VIEW' THEN coalesce((SELECT b.is_nullable = 'YES' FROM information_schema.view_column_usage u
          JOIN information_schema.columns b ON (b.table_schema, b.table_name, b.column_name) = (u.table_schema, u.table_name, u.column_name)
          WHERE (u.view_schema, u.view_name, u.column_name) = (c.table_schema, c.table_name, c.column_name) LIMIT 1), true)
          ELSE c.is_nullable = 'YES' END AS nullable, c.is_identity = 'YES' AS generated, coalesce(c.column_default, c.generation_expression) AS fallback,
        (SELECT k.ordinal_position FROM information_schema.table_constraints p
          JOIN information_schema.key_column_usage k USING (constraint_schema, constraint_name)
          WHERE p.constraint_type = 'PRIMARY KEY' AND p.table_schema = c.table_schema AND p.table_name = c.table_name AND k.column_name = c.column_name)::int AS key
      FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
      WHERE c.table_schema = ANY($1) ORDER BY 1, 2, c.ordinal_position`,
    [SCHEMAS],
  );
  return rows;
}
