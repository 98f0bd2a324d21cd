/** The next fires of an expression, before anything is saved. */
import { previewSchedule } from "../../../../features/schedules/commands.ts";
import { previewInput } from "../../../../features/schedules/schema.ts";
import { route } from "../../../../server/route.ts";

export const GET = route(previewInput, async ({ input }) => await Promise.resolve(previewSchedule(input)));
