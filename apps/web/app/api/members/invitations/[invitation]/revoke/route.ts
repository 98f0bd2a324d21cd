/** Takes an invitation back. */
import { revokeInvitation } from "../../../../../../features/members/commands.ts";
import { invitationInput } from "../../../../../../features/members/schema.ts";
import { route } from "../../../../../../server/route.ts";

export const POST = route(
  invitationInput,
  async ({ member, input }) => await revokeInvitation(member, input.invitation),
);
