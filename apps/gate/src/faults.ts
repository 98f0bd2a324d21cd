/** Kills the process at a named place, for the tests of what survives it. Does nothing unless NIGHTGATE_TEST is 1. */
import type { FaultPoint, Faults } from "./core/store-ports.ts";

export function createFaults(wanted: FaultPoint | null): Faults {
  return (point) => {
    if (point === wanted) process.kill(process.pid, "SIGKILL");
  };
}
