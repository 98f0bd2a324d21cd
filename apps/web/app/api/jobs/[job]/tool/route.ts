import { toolInput } from "../../../../../features/jobs/schema.ts";
/** The whole of one tool call. */
import { readTool } from "../../../../../features/jobs/views.ts";
import { route } from "../../../../../server/route.ts";

export const GET = route(toolInput, async ({ member, input }) => await readTool(member, input));
