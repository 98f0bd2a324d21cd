/** Kills the process at a named place, for the tests of what survives it. Where there are no tests every place is passed at no cost. */
import { existsSync, readFileSync, rmSync } from "node:fs";

export type FaultPoints<Point extends string> = (point: Point) => void;

/** Passes every place. */
export const noFaults = (): void => undefined;

/**
 * `wanted` kills each time; the file at `once`, when it is there and names the place, kills once and is gone, so that a test can
 * choose its moment and the next start goes on. Only made where NIGHTGATE_TEST is 1.
 */
export function createFaultPoints<Point extends string>(
  wanted: Point | null,
  once: string | null = null,
): FaultPoints<Point> {
  return (point) => {
    if (point === wanted || takes(once, point)) process.kill(process.pid, "SIGKILL");
  };
}

function takes(once: string | null, point: string): boolean {
  if (once === null || !existsSync(once) || readFileSync(once, "utf8").trim() !== point) return false;
  rmSync(once);
  return true;
}
