/** Kills the process at a named place, for the tests of what survives it. Where there are no tests every place is passed at no cost. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";

export type FaultPoints<Point extends string> = (point: Point) => void;

/** Passes every place. */
export const noFaults = (): void => undefined;

/**
 * `wanted` kills each time; the file at `once`, when it is there and its first line names the place, kills once: the line goes, and
 * after the last one the file. So a test can choose its moments, one after the other. Only made where NIGHTGATE_TEST is 1.
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
  if (once === null || !existsSync(once)) return false;
  const [first, ...later] = readFileSync(once, "utf8").split("\n").filter(Boolean);
  if (first !== point) return false;
  // Not written over: whoever made it may be another user, but the folder is ours.
  rmSync(once);
  if (later.length > 0) writeFileSync(once, later.join("\n"));
  return true;
}
