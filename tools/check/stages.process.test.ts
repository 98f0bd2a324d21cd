/** The checks can fail: each stage that nobody would miss if it passed everything is shown a mistake of its kind. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "nightgate-check-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const write = (path: string, content: unknown): void => {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
};
const run = (program: string, ...args: string[]): { status: number | null; said: string } => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, "node_modules", program), ...args],
    {
      cwd: folder,
      encoding: "utf8",
    },
  );
  return { status, said: stdout + stderr };
};

test("dead code: a file, an export and a dependency that nobody uses are named", () => {
  write("package.json", { name: "x", private: true, type: "module", dependencies: { zod: "4.6.7" } });
  write("knip.json", { entry: ["main.ts"], project: ["**/*.ts"], ignoreExportsUsedInFile: true });
  write("main.ts", 'import { used } from "./used.ts";\nused();\n');
  write("used.ts", "export function used(): void {}\nexport function deadExport(): void {}\n");
  write("dead-file.ts", "export const nothing = 1;\n");
  const { status, said } = run("knip/bin/knip.js", "--no-progress");
  expect(status).toBe(1);
  for (const name of ["deadExport", "dead-file.ts", "zod"]) expect(said).toContain(name);
});

test("version drift: two workspaces that disagree are named", () => {
  write("package.json", { name: "x", private: true, packageManager: "npm@11.19.1", workspaces: ["a", "b"] });
  write("a/package.json", { name: "a", private: true, version: "0.1.0", dependencies: { zod: "4.6.7" } });
  write("b/package.json", { name: "b", private: true, version: "0.1.0", dependencies: { zod: "4.6.6" } });
  const { status, said } = run("sherif/index.js");
  expect(status).not.toBe(0);
  expect(said).toContain("4.6.6");
});

test("the hook is there only for whoever asks, and leaves a clone's own hooks alone", () => {
  mkdirSync(join(folder, "tools"), { recursive: true });
  cpSync(join(ROOT, "tools/hooks"), join(folder, "tools/hooks"), { recursive: true });
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: folder, encoding: "utf8" }).trim();
  git("init", "-q");
  const install = (...args: string[]): number | null =>
    spawnSync(process.execPath, [join(folder, "tools/hooks/install.mjs"), ...args], { cwd: folder }).status;
  expect(install()).toBe(0);
  expect(git("config", "core.hooksPath")).toBe("tools/hooks");
  expect(install("--remove")).toBe(0);
  expect(() => git("config", "core.hooksPath")).toThrow(/Command failed/);
  git("config", "core.hooksPath", "mine");
  expect(install()).toBe(1);
  expect(git("config", "core.hooksPath")).toBe("mine");
});
