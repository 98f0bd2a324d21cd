import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repositoryRoot } from "../workstations/places.ts";
import { baseRecipe, makeBase } from "./base.ts";
import { hashOf, hashOfFolder } from "./hash.ts";
import type { ImageEngine } from "./image-engine.ts";

const recipeFolder = join(repositoryRoot, "infra/images/workstation");

function recordingEngine(): { engine: ImageEngine; scripts: string[] } {
  const scripts: string[] = [];
  const done = async (): Promise<void> => await Promise.resolve();
  const engine: ImageEngine = {
    has: async () => await Promise.resolve(false),
    pull: done,
    importRootfs: async () => await Promise.reject(new Error("nothing is imported here")),
    tag: done,
    build: done,
    runAndCommit: async ({ from, script, to }) => {
      scripts.push(`${from} -> ${to}\n${script}`);
      await Promise.resolve();
    },
    removeOld: done,
  };
  return { engine, scripts };
}

test("where a registry answers, the base is the pulled Debian with the same packages and the same set-up", async () => {
  const { engine, scripts } = recordingEngine();
  await makeBase("base:x", {
    recipeFolder,
    workFolder: "/nowhere",
    engine,
    signal: AbortSignal.timeout(1000),
    onLine: () => undefined,
    registryAnswers: async () => await Promise.resolve(true),
  });
  expect(scripts).toHaveLength(1);
  expect(scripts[0]).toContain("debian:bookworm-slim -> base:x");
  expect(scripts[0]).toMatch(/apt-get install .* build-essential .*tini/);
  expect(scripts[0]).toContain("useradd --create-home --uid 1000");
});

test("the base's name changes with its packages and nothing else", () => {
  const recipe = baseRecipe(recipeFolder);
  expect(hashOf(recipe)).toBe(hashOf(baseRecipe(recipeFolder)));
  expect(JSON.parse(recipe)).toEqual(
    expect.arrayContaining([expect.arrayContaining(["git", "tini", "build-essential"])]),
  );
});

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nightgate-hash-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("a folder's hash sees names, content and permissions", () => {
  writeFileSync(join(folder, "a"), "1", { mode: 0o644 });
  const first = hashOfFolder(folder);
  expect(hashOfFolder(folder)).toBe(first);
  writeFileSync(join(folder, "b"), "1", { mode: 0o644 });
  const second = hashOfFolder(folder);
  rmSync(join(folder, "b"));
  writeFileSync(join(folder, "b"), "1", { mode: 0o755 });
  expect(new Set([first, second, hashOfFolder(folder)]).size).toBe(3);
  expect(hashOf("ab", "c")).not.toBe(hashOf("a", "bc"));
});
