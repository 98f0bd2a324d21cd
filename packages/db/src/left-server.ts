/** A PostgreSQL server whose starter was killed lives on and holds its data folder: nobody else could start on it. */
import { existsSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";

const STOP_MS_MAX = 20_000;
const LOOK_EVERY_MS = 50;

/** Stops the server that runs on `data`, if one does: asked to first, then killed, which it recovers from when it starts. */
export async function endLeftServer(data: string): Promise<void> {
  const pid = lockHolder(data);
  if (pid === null) return;
  // SIGINT is PostgreSQL's fast shutdown: it waits for nobody.
  if (stateOf(data, pid) === "serves") process.kill(pid, "SIGINT");
  if (await isGone(data, pid)) return;
  if (stateOf(data, pid) === "serves") process.kill(pid, "SIGKILL");
  await isGone(data, pid);
}

async function isGone(data: string, pid: number): Promise<boolean> {
  const deadline = systemClock.now() + STOP_MS_MAX;
  while (stateOf(data, pid) !== "gone") {
    if (systemClock.now() > deadline) return false;
    await systemClock.wait(LOOK_EVERY_MS);
  }
  return true;
}

function lockHolder(data: string): number | null {
  const file = join(data, "postmaster.pid");
  const pid = existsSync(file) ? Number(readFileSync(file, "utf8").split("\n")[0]) : 0;
  return Number.isSafeInteger(pid) && pid > 1 ? pid : null;
}

/** `serves` only where it is provably a server on this very folder: ids are used again. A dead one that nobody has buried yet still counts for PostgreSQL. */
function stateOf(data: string, pid: number): "serves" | "dead" | "gone" {
  try {
    if (/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) return "dead";
    const runs = basename(readlinkSync(`/proc/${pid}/exe`)) === "postgres";
    const [at, ours] = [statSync(`/proc/${pid}/cwd`), statSync(data)];
    return runs && at.ino === ours.ino && at.dev === ours.dev ? "serves" : "gone";
  } catch {
    return "gone"; // Or somebody else's, which the lock does not keep from us.
  }
}
