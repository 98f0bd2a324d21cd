/** Leaves the organization. */
import { z } from "zod";
import { leave } from "../../../../features/members/commands.ts";
import { route } from "../../../../server/route.ts";

export const POST = route(z.object({}), async ({ member }) => await leave(member));
