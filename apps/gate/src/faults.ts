/** Kills the process at a named place, for the tests of what survives it. Does nothing unless NIGHTGATE_TEST is 1. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import type { FaultPoint, Faults } from "./core/store-ports.ts";

/**
 * `wanted` kills each time; the file at `once`, when it is there and names the place, kills once and is gone, so that a test can
 * choose its moment and the next start goes on.
 */
export function createFaults(wanted: FaultPoint | null, once: string | null = null): Faults {
  return (point) => {
    if (point === wanted || takes(once, point)) process.kill(process.pid, "SIGKILL");
  };
}

function takes(once: string | null, point: FaultPoint): boolean {
  if (once === null || !existsSync(once) || readFileSync(once, "utf8").trim() !== point) return false;
  rmSync(once);
  return true;
}
