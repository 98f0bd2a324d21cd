/** Where the tests' server keeps its data: in memory where there is room, because each database is a thousand small files and a disk takes its time over them. Imported by tests only. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";

const MEMORY = "/dev/shm";
const PREFIX = "nightgate-pg-";
/** Templates, logs and the databases of some files of tests at once take a few hundred megabytes. */
const FREE_BYTES_MIN = 2 * 1024 ** 3;
/** A run that was killed leaves its folder; one that begins beside us has not said yet that it is alive. */
const LEFT_MS_MIN = 60 * 60_000;

/** Makes an empty folder for a server, and takes away what killed runs have left in memory. */
export function testServerFolder(): string {
  if (!hasRoom()) return mkdtempSync(join(tmpdir(), PREFIX));
  for (const name of readdirSync(MEMORY)) if (name.startsWith(PREFIX)) removeLeft(join(MEMORY, name));
  return mkdtempSync(join(MEMORY, PREFIX));
}

function hasRoom(): boolean {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= FREE_BYTES_MIN;
}

function removeLeft(folder: string): void {
  const madeAt = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? systemClock.now();
  if (systemClock.now() - madeAt < LEFT_MS_MIN) return;
  const note = join(folder, "data/postmaster.pid");
  const pid = existsSync(note) ? readFileSync(note, "utf8").split("\n")[0] : undefined;
  if (pid === undefined || !existsSync(`/proc/${pid}`)) rmSync(folder, { recursive: true, force: true });
}
