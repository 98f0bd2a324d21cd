/** The person's answer to a program that waits with a code. */
import { decideDevice } from "../../../../features/access/commands.ts";
import { deviceDecisionInput } from "../../../../features/access/schema.ts";
import { route } from "../../../../server/route.ts";

export const POST = route(
  deviceDecisionInput,
  async ({ member, input }) => await decideDevice(member, input),
);
