// Installs the npm packages that the committed lock names, when they are not there yet, and sees to it that the
// lock stays as it was. (`npm ci` would be the natural choice: it refuses a lock that lacks another platform's
// optional binaries.)
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { root, toolEnvironment } from "./node24.mjs";
import { mustRun } from "./run-command.mjs";
import { Refusal, say, saying } from "./say.mjs";

const lockPath = join(root, "package-lock.json");
const readLock = (path) => JSON.parse(readFileSync(path, "utf8")).packages ?? {};

/** True when every package of the lock is installed in the version that it names. */
export function packagesAreInstalled() {
  const hidden = join(root, "node_modules/.package-lock.json");
  if (!existsSync(hidden)) return false;
  const installed = readLock(hidden);
  return Object.entries(readLock(lockPath)).every(([path, entry]) => {
    // A workspace of a later version: nothing else may have changed, and without its link nothing finds it.
    if (entry.link) return existsSync(join(root, path));
    if (path === "" || entry.optional || entry.devOptional || entry.peer || !path.includes("node_modules/"))
      return true;
    return installed[path]?.version === entry.version;
  });
}

/**
 * @param {string} node path of the Node to install with
 * @param {{ lockMayDiffer: boolean }} options a start goes on with a lock that npm wanted otherwise, a test does not
 */
export async function installPackages(node, { lockMayDiffer }) {
  if (packagesAreInstalled()) return;
  const before = readFileSync(lockPath);
  const env = toolEnvironment(node);
  const headers = resolve(dirname(node), "..");
  if (existsSync(join(headers, "include/node"))) env.npm_config_nodedir = headers;
  await saying("Installing npm packages", () =>
    mustRun("The npm packages could not be installed.", "npm", ["install", "--no-audit", "--no-fund"], {
      cwd: root,
      env,
      timeoutMs: 420_000,
    }),
  );
  if (readFileSync(lockPath).equals(before)) return;
  if (!lockMayDiffer) {
    throw new Refusal(
      "npm install changed package-lock.json: what was installed is not what is committed. See: git diff package-lock.json",
    );
  }
  writeFileSync(lockPath, before);
  say("  (npm would have written another package-lock.json; it was put back as it was.)");
}
