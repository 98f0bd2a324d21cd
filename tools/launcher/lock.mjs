// One launcher per folder: a lock file that names its holder. A lock whose holder is gone is taken over.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync, linkSync } from "node:fs";
import { dirname } from "node:path";
import { identityOf, isAlive } from "./process-identity.mjs";

/**
 * Takes the lock and answers { release }, or { holder } when a living process has it. `facts` is told to whoever asks
 * next.
 * @param {string} path
 * @param {Record<string, unknown>} facts
 */
export function takeLock(path, facts = {}) {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ ...identityOf(process.pid), ...facts }), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      if (tryLink(mine, path)) return { release: () => releaseLock(path) };
      const holder = readLockHolder(path);
      if (holder !== null) return { holder };
      // Moved away before it is removed, so that of two that find it stale only one takes it over.
      const stale = `${mine}.stale`;
      try {
        renameSync(path, stale);
      } catch {
        continue;
      }
      rmSync(stale, { force: true });
    }
    return { holder: readLockHolder(path) ?? { pid: 0 } };
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Who holds the lock: its identity and facts, or null when nobody living does. */
export function readLockHolder(path) {
  if (!existsSync(path)) return null;
  try {
    const holder = JSON.parse(readFileSync(path, "utf8"));
    return isAlive(holder) ? holder : null;
  } catch {
    return null;
  }
}

/** link(2) fails when the name exists: the test and the taking are one step. */
function tryLink(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function releaseLock(path) {
  if (readLockHolder(path)?.pid === process.pid) rmSync(path, { force: true });
}
