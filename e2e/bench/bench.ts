/**
 * `npm run bench [-- --only NAME[,NAME]] [--json]`: measures the product on this machine. Each other file of this folder, and of the runner's
 * own benches, that exports `run` is a bench and its name is the file's. The last line is one JSON object, {"NAME": {"metric": number}}; units are in the metrics' names.
 */
import { readdirSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";

const bench = z.object({
  run: z.custom<() => Promise<Record<string, number>>>((value) => typeof value === "function"),
  /** Takes minutes and gigabytes: not part of all. */
  onlyWhenNamed: z.literal(true).optional(),
});
const { values } = parseArgs({ options: { only: { type: "string" }, json: { type: "boolean" } } });
const say = (words: string): void => {
  if (!values.json) process.stdout.write(`${words}\n`);
};

const FOLDERS = [import.meta.dirname, join(import.meta.dirname, "../../apps/runner/src/testing/bench")];
const files = new Map(
  FOLDERS.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
    .filter((path) => path.endsWith(".ts") && path !== import.meta.filename)
    .map((path) => [basename(path, ".ts"), path]),
);
const wanted = values.only?.split(",") ?? [...files.keys()];
const unknown = wanted.filter((name) => !files.has(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no bench ${unknown.join(", ")}.\n`);
  process.exit(64);
}

const GIB = 1024 ** 3;
say(
  `${new Date().toISOString()}, Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? "?"}), ${Math.round(totalmem() / GIB)} GiB`,
);
const measured: Record<string, Record<string, number>> = {};
for (const name of wanted) {
  const found = bench.safeParse(await import(files.get(name) ?? name));
  if (!found.success || (found.data.onlyWhenNamed && values.only === undefined)) continue;
  say(`${name} ...`);
  measured[name] = await found.data.run();
  for (const [metric, value] of Object.entries(measured[name])) say(`  ${metric} ${value}`);
}
process.stdout.write(`${JSON.stringify(measured)}\n`);
