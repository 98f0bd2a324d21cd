/** Removes a member. */
import { removeMember } from "../../../../../features/members/commands.ts";
import { memberInput } from "../../../../../features/members/schema.ts";
import { route } from "../../../../../server/route.ts";

export const POST = route(memberInput, async ({ member, input }) => await removeMember(member, input.person));
