/** Wants a new workstation. */
import { createWorkstation } from "../../../features/workstations/commands.ts";
import { createWorkstationInput } from "../../../features/workstations/schema.ts";
import { route } from "../../../server/route.ts";

export const POST = route(
  createWorkstationInput,
  async ({ member, input }) => await createWorkstation(member, input),
);
