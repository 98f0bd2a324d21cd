/** Wants a workstation to run, to stop, or to be gone. */
import { wantWorkstation } from "../../../../features/workstations/commands.ts";
import { wantWorkstationInput } from "../../../../features/workstations/schema.ts";
import { route } from "../../../../server/route.ts";

export const POST = route(wantWorkstationInput, async ({ member, input }) => {
  await wantWorkstation(member, input);
});
