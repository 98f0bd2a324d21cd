// The installation's folder: for its owner alone, a folder in it for each process, and rid of what an earlier start
// left running.
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { isAlive } from "./process-identity.mjs";
import { endGroup, mustRun } from "./run-command.mjs";
import { say } from "./say.mjs";
import { SEPARATE } from "./users.mjs";

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

/** Below a process's folder: what is mounted into workstations, and what others find there before it has started. */
const WALKED_THROUGH = { gate: ["sockets"], runner: ["sockets"] };

/**
 * Gives each process its folder in the home, which is everybody's to walk through and nobody's to list. A folder that
 * belongs to somebody else (root, in homes of earlier versions) is taken over with all that is in it. Nothing is
 * touched in a folder that belongs to its process already: what lies there may have been made to mislead root.
 * @param {Record<string, { uid: number, gid: number }>} users
 */
export async function giveFolders({ home, paths }, users) {
  for (const process of SEPARATE) {
    const user = users[process];
    const folder = join(home, process);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (lstatSync(folder).uid === user.uid) continue;
    chmodSync(folder, 0o700);
    mkdirSync(join(folder, "tmp"), { recursive: true, mode: 0o700 });
    for (const name of WALKED_THROUGH[process] ?? []) {
      mkdirSync(join(folder, name), { recursive: true });
      chmodSync(join(folder, name), 0o711);
    }
    // Innermost first: cut off in the middle, it is done again at the next start.
    const args = ["--recursive", "--no-dereference", "--", `${user.uid}:${user.gid}`, folder];
    await mustRun(`The folder ${folder} could not be given to its user.`, "chown", args, {
      timeoutMs: 300_000,
    });
  }
  giveFiles(home, paths, users);
  mkdirSync(join(home, "engine"), { recursive: true, mode: 0o700 });
  chmodSync(join(home, "engine"), 0o700);
  chmodSync(home, 0o711);
}

/** Files in the home itself, where only root makes any: each is there before the one process that may read it. */
function giveFiles(home, paths, users) {
  for (const path of [paths.databaseUrls, join(home, "database-passwords.json")]) {
    if (!existsSync(path)) writeFileSync(path, "", { mode: 0o600 });
    chownSync(path, users.postgres.uid, users.postgres.gid);
  }
  // npm's settings of whoever starts this: the image's tools come from the same registry as our own packages.
  rmSync(paths.npmSettings, { force: true });
  const settings = npmSettings();
  if (settings === "") return;
  writeFileSync(paths.npmSettings, settings, { mode: 0o400 });
  chownSync(paths.npmSettings, users.provisioner.uid, users.provisioner.gid);
}

/**
 * The machine's own settings and then the person's, which count for more. The machine's lie beside its own npm, where the npm of the Node that we
 * bring would not look: without them a registry's name, or the authority that it is believed by, is missing.
 */
function npmSettings() {
  // `npm start` says where they are.
  const global = process.env.npm_config_globalconfig ?? "";
  const own = process.env.npm_config_userconfig || join(homedir(), ".npmrc");
  return [global, own]
    .filter((path) => path !== "" && existsSync(path))
    .map((path) => `${readFileSync(path, "utf8").trim()}\n`)
    .join("");
}

/** Keeps who our children are, so that a start after a SIGKILL can find and end them. */
export function rememberChildren(path, children) {
  const alive = children
    .map((child) => ({ name: child.name, ...child.identity() }))
    .filter((child) => child.pid);
  try {
    writeFileSync(`${path}.new`, JSON.stringify(alive), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    // The older list stays: a start after a kill of ours may then find less to end. Nothing is worth ending all of it now.
    say(`  (${path} could not be written: ${error.message})`);
  }
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
