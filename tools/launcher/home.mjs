// The installation's folder: for its owner alone, and rid of what an earlier start left running.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isAlive } from "./process-identity.mjs";
import { endGroup } from "./run-command.mjs";
import { say } from "./say.mjs";

const LEFTOVER_STOP_MS = 30_000;
const LOOK_EVERY_MS = 100;

/** Makes the home and the folders of the launcher's own. */
export function makeHome({ home, paths }) {
  for (const folder of [home, paths.logs, dirname(paths.lock)])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(home, 0o700);
  // Half a workstation image, where the last start was cut off in the middle of making one.
  rmSync(join(home, "engine/scratch"), { recursive: true, force: true });
}

/** Keeps who our children are, so that a start after a SIGKILL can find and end them. */
export function rememberChildren(path, children) {
  const alive = children
    .map((child) => ({ name: child.name, ...child.identity() }))
    .filter((child) => child.pid);
  writeFileSync(path, JSON.stringify(alive), { mode: 0o600 });
}

/** Ends what a launcher that was killed left behind: only processes that are provably the ones it had started. */
export async function endLeftovers(path) {
  const left = readChildren(path).filter(isAlive);
  if (left.length === 0) return;
  say(
    `  The last start was cut off; ending what it left running: ${left.map(({ name }) => name).join(", ")}`,
  );
  // What the others stand on goes last.
  const foundations = new Set(["postgres", "engine"]);
  await Promise.all(left.filter(({ name }) => !foundations.has(name)).map(endOne));
  await Promise.all(left.filter(({ name }) => foundations.has(name)).map(endOne));
}

async function endOne(child) {
  process.kill(child.pid, "SIGTERM");
  for (const started = Date.now(); isAlive(child) && Date.now() - started < LEFTOVER_STOP_MS;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  if (isAlive(child)) endGroup(child.pid);
}

function readChildren(path) {
  if (!existsSync(path)) return [];
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    say(`  (${path} could not be read and is ignored: ${error.message})`);
    return [];
  }
}
