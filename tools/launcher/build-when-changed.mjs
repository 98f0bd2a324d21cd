// Builds a part of the product when what it is made from has changed since the last time, at most once at a time, whoever asks.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { takeLock } from "./lock.mjs";
import { root } from "./node24.mjs";
import { say } from "./say.mjs";

/** Longest time for one build. */
export const BUILD_MS_MAX = 300_000;
const WAIT_MS = 500;
const NOT_SOURCES = new Set([
  "node_modules",
  ".next",
  "dist",
  "test-results",
  "next-env.d.ts",
  "tsconfig.tsbuildinfo",
]);

/**
 * @param {object} part
 * @param {string} part.name for people, and for the lock's file
 * @param {readonly string[]} part.sources files and folders that it is made from, from the program's folder
 * @param {string} part.output the file that is there when it is built
 * @param {string} part.stamp where the digest of the sources is kept
 * @param {() => Promise<void>} part.build
 */
export async function buildWhenChanged({ name, sources, output, stamp, build }) {
  const digest = digestOf(sources);
  const isBuilt = () => existsSync(stamp) && readFileSync(stamp, "utf8") === digest && existsSync(output);
  // Whoever may only read this program can start it, where it is built.
  if (isBuilt()) return;
  const lock = join(root, `.nightgate/${name.replaceAll(" ", "-")}-build.lock`);
  for (const started = Date.now(); Date.now() - started < BUILD_MS_MAX; await wait()) {
    const taken = takeLock(lock);
    if (!taken.release) continue;
    try {
      if (isBuilt()) return;
      rmSync(stamp, { force: true });
      await build();
      writeFileSync(stamp, digest);
    } finally {
      taken.release();
    }
    return;
  }
  say(`  (Another start has been building the ${name} for very long; going on with what is there.)`);
}

const wait = () => new Promise((resolve) => setTimeout(resolve, WAIT_MS));

function digestOf(sources) {
  const hash = createHash("sha256").update(process.version);
  for (const source of sources) {
    for (const path of filesBelow(join(root, source))) {
      hash.update(`\0${relative(root, path)}\0`).update(readFileSync(path));
    }
  }
  return hash.digest("hex");
}

function filesBelow(path) {
  if (!existsSync(path)) return [];
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (error.code === "ENOTDIR") return [path];
    throw error;
  }
  return entries
    .filter((entry) => !NOT_SOURCES.has(entry.name) && !/\.test\.tsx?$/.test(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(join(path, entry.name)) : [join(path, entry.name)],
    );
}
