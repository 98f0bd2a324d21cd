/** Gives a member another role. */
import { changeRole } from "../../../../../features/members/commands.ts";
import { roleInput } from "../../../../../features/members/schema.ts";
import { route } from "../../../../../server/route.ts";

export const POST = route(
  roleInput,
  async ({ member, input }) => await changeRole(member, input.person, input.role),
);
