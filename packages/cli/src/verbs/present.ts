/** A verb's answer as text for people: lists as columns, the rest as names and values. `--json` has all of it. */

const CELL_CHARACTERS_MAX = 60;
const LAST_CELL_CHARACTERS_MAX = 400;
const GAP = "  ";

/** One answer. What says nothing is left out, and lists stand last. */
export function present(result: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(result);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined && isRows(only[1])) return table(only[1], only[0]);
  const values = entries.flatMap(([name, value]) =>
    isRows(value) || text(value) === "" ? [] : [{ name, value: text(value) }],
  );
  const width = Math.max(0, ...values.map(({ name }) => name.length)) + GAP.length;
  const lists = entries.flatMap(([name, value]) =>
    isRows(value) && value.length > 0 ? [`\n${spaced(name)}\n${table(value, name)}`] : [],
  );
  return [...values.map(({ name, value }) => line(name, value, width)), ...lists].join("\n");
}

function line(name: string, value: string, width: number): string {
  const label = spaced(name).padEnd(width);
  if (!value.includes("\n")) return `${label}${value}`.trimEnd();
  return `${spaced(name)}\n${value
    .split("\n")
    .map((each) => `    ${each}`.trimEnd())
    .join("\n")}`;
}

function isRows(value: unknown): value is Record<string, unknown>[] {
  return (
    Array.isArray(value) &&
    value.every((each) => typeof each === "object" && each !== null && !Array.isArray(each))
  );
}

/** Columns that say nothing in any row are left out. */
function table(rows: readonly Record<string, unknown>[], what: string): string {
  if (rows.length === 0) return `No ${spaced(what)}.`;
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((column) =>
    rows.some((row) => cell(row[column]) !== ""),
  );
  const cells = rows.map((row) =>
    columns.map((column, index) => cut(cell(row[column]), index === columns.length - 1)),
  );
  const lines = [columns.map(spaced), ...cells];
  const widths = columns.map((_, index) => Math.max(...lines.map((each) => each[index]?.length ?? 0)));
  return lines
    .map((each) =>
      each
        .map((value, index) => value.padEnd(widths[index] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .join("\n");
}

/** A text as the rest of a line. */
export function lineText(value: string): string {
  return cut(cell(value), true);
}

function cell(value: unknown): string {
  return text(value).replaceAll(/\s+/g, " ").trim();
}

/** The last column may run on. */
function cut(flat: string, last: boolean): string {
  const length = last ? LAST_CELL_CHARACTERS_MAX : CELL_CHARACTERS_MAX;
  return flat.length <= length ? flat : `${flat.slice(0, length - 1)}…`;
}

function text(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return printable(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return String(value);
  if (Array.isArray(value) && value.every((each) => typeof each !== "object"))
    return value.map(text).join(", ");
  return printable(JSON.stringify(value));
}

/** What an agent wrote must not move the cursor or colour the terminal of whoever reads it. */
function printable(value: string): string {
  // oxlint-disable-next-line no-control-regex
  return value.replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, "\uFFFD");
}

function spaced(name: string): string {
  return name.replaceAll("_", " ");
}
