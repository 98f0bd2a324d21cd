/** Kills the gate at a named place, for the tests of what survives it. Does nothing unless NIGHTGATE_TEST is 1. */
import { createFaultPoints } from "@nightgate/shared/fault-points";
import type { FaultPoint, Faults } from "./core/store-ports.ts";

/** See createFaultPoints: `wanted` kills each time, the file at `once` a single time. */
export function createFaults(wanted: FaultPoint | null, once: string | null = null): Faults {
  return createFaultPoints(wanted, once);
}
