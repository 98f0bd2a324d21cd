/** Takes back what the person has granted to a program. */
import { revokeGrant } from "../../../../../features/access/grants.ts";
import { revokeInput } from "../../../../../features/access/schema.ts";
import { route } from "../../../../../server/route.ts";

export const POST = route(revokeInput, async ({ member, input }) => await revokeGrant(member, input.access));
