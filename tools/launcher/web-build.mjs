// Builds the web app, when what it is made from has changed since the last time.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { childEnvironment } from "./child-environment.mjs";
import { takeLock } from "./lock.mjs";
import { root } from "./node24.mjs";
import { mustRun } from "./run-command.mjs";
import { say, saying } from "./say.mjs";

const SOURCES = [
  "apps/web",
  "packages/shared",
  "packages/db/src",
  "packages/db/package.json",
  "prisma/schema",
  "package-lock.json",
  "tsconfig.base.json",
];
const NOT_SOURCES = new Set([
  "node_modules",
  ".next",
  "test-results",
  "next-env.d.ts",
  "tsconfig.tsbuildinfo",
]);
const BUILD_MS_MAX = 300_000;
const WAIT_MS = 500;

const app = join(root, "apps/web");
const stamp = join(app, ".next/nightgate-sources.sha256");

/** Builds at most once at a time, whoever asks; a second asker waits and then finds it done. */
export async function buildWeb(node) {
  const digest = sourcesDigest();
  // Whoever may only read this program can start it, where it is built.
  if (isBuilt(digest)) return;
  const lock = join(root, ".nightgate/web-build.lock");
  for (const started = Date.now(); Date.now() - started < BUILD_MS_MAX; await wait()) {
    const taken = takeLock(lock);
    if (!taken.release) continue;
    try {
      if (!isBuilt(digest)) await build(node, digest);
    } finally {
      taken.release();
    }
    return;
  }
  say("  (Another start has been building the web app for very long; going on with what is there.)");
}

const wait = () => new Promise((resolve) => setTimeout(resolve, WAIT_MS));
const isBuilt = (digest) =>
  existsSync(stamp) && readFileSync(stamp, "utf8") === digest && existsSync(join(app, ".next/BUILD_ID"));

async function build(node, digest) {
  rmSync(stamp, { force: true });
  const env = childEnvironment(process.env, { NEXT_TELEMETRY_DISABLED: "1" });
  const next = join(root, "node_modules/next/dist/bin/next");
  await saying("Building the web app", () =>
    mustRun("The web app could not be built.", node, [next, "build"], {
      cwd: app,
      env,
      timeoutMs: BUILD_MS_MAX,
    }),
  );
  writeFileSync(stamp, digest);
}

function sourcesDigest() {
  const hash = createHash("sha256").update(process.version);
  for (const source of SOURCES) {
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
