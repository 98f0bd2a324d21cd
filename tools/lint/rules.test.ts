// Shows each of our lint rules firing on code that breaks it, and staying silent on the way out that it names.
// A rule that cannot fire is worse than none: it is believed.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "nightgate-lint-"));

const cases = [
  [
    "no-bare-error",
    `export function f() { throw new Error("no"); }`,
    `export function f() { throw new Problem("x"); }`,
  ],
  ["no-export-star", `export * from "./other.ts";`, `export { other } from "./other.ts";`],
  ["no-sleep", `setTimeout(() => go(), 5);`, `await clock.wait(5);`],
  [
    "no-sleep",
    `import { setTimeout as wait } from "node:timers/promises"; await wait(5);`,
    `await clock.wait(6);`,
  ],
  ["no-sleep", `globalThis.setInterval(() => go(), 5);`, `clock.every(5, go);`],
  ["no-empty-catch", `try { go(); } catch {}`, `try { go(); } catch (error) { log(error); }`],
  ["no-empty-catch", `try { go(); } catch { /* fine */ }`, `try { go(); } catch { stopped = true; }`],
  ["no-empty-catch", `await go().catch(() => {});`, `await go().catch((error) => log(error));`],
  ["no-empty-catch", `export const ok = await may().catch(() => false);`, `export const ok = await may();`],
  [
    "no-registry-host",
    `export const r = "https://npm.${"mirror"}.corp.example";`,
    "export const r = 'https://registry.npmjs.org';",
  ],
  [
    "short-functions",
    `export function f() {\n${"  go();\n".repeat(60)}}`,
    `export function f() {\n  // why\n  const g = () => {\n${"  go();\n".repeat(58)}  };\n  return g;\n}`,
  ],
  [
    "no-server-dom",
    `export const t = document.title;`,
    `export const t = (document: { title: string }) => document.title;`,
  ],
] as const;

const fired = new Map<string, string[]>();

beforeAll(() => {
  mkdirSync(join(folder, "src"), { recursive: true });
  const rules = Object.fromEntries(cases.map(([rule]) => [`nightgate/${rule}`, "error"]));
  const plugin = join(root, "tools/lint/plugin.mjs");
  const config = { plugins: [], jsPlugins: [plugin], categories: { correctness: "off" }, rules };
  writeFileSync(join(folder, ".oxlintrc.json"), JSON.stringify(config));
  cases.forEach(([, bad, good], index) => {
    writeFileSync(join(folder, "src", `bad-${index}.ts`), `${bad}\n`);
    writeFileSync(join(folder, "src", `good-${index}.ts`), `${good}\n`);
  });
  const run = spawnSync(
    process.execPath,
    [join(root, "node_modules/oxlint/bin/oxlint"), "-c", join(folder, ".oxlintrc.json"), "-f", "json", "src"],
    { cwd: folder, encoding: "utf8" },
  );
  const report = JSON.parse(run.stdout) as { diagnostics: { code: string; filename: string }[] };
  for (const { code, filename } of report.diagnostics) {
    const name = /([a-z-]+-\d+)\.ts$/.exec(filename)?.[1] ?? filename;
    fired.set(name, [...(fired.get(name) ?? []), code]);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(cases.map(([rule, bad], index) => ({ rule, bad, index })))(
  "$rule fires on $bad",
  ({ rule, index }) => {
    expect(fired.get(`bad-${index}`)).toEqual([`nightgate(${rule})`]);
  },
);

test.each(cases.map(([rule, , good], index) => ({ rule, good, index })))(
  "$rule lets $good be",
  ({ index }) => {
    expect(fired.get(`good-${index}`)).toBeUndefined();
  },
);
