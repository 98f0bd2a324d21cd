/** Makes an invitation; the answer has the link, once. */
import { invite } from "../../../../features/members/commands.ts";
import { inviteInput } from "../../../../features/members/schema.ts";
import { route } from "../../../../server/route.ts";

export const POST = route(inviteInput, async ({ member, input }) => await invite(member, input));
