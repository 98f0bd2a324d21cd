import { workstationId } from "@nightgate/shared/ids";
/** What the API takes about workstations. */
import { z } from "zod";

const GIB = 1024 ** 3;
export const WORKSTATION_MEMORY_GIB = [2, 4, 8, 16, 32] as const;

export const createWorkstationInput = z.object({
  workstation: workstationId,
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, "begins with a letter and has only a-z, 0-9 and - in it, 31 at most"),
  cpus: z.number().min(0.25).max(64).default(2),
  memoryBytes: z
    .int()
    .min(GIB / 4)
    .max(1024 * GIB)
    .default(4 * GIB),
});
export type CreateWorkstationInput = z.infer<typeof createWorkstationInput>;

export const wantWorkstationInput = z.object({
  workstation: workstationId,
  wanted: z.enum(["running", "stopped", "removed"]),
});
export const workstationInput = z.object({ workstation: workstationId });
