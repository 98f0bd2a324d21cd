/** Tries the two names as another device would. */
import { z } from "zod";
import { checkNames } from "../../../../features/setup/names.ts";
import { route } from "../../../../server/route.ts";

export const GET = route(z.object({}), async () => ({ names: await checkNames() }));
