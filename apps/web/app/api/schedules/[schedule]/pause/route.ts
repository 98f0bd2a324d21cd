/** Pauses a schedule, or lets it go on. */
import { pauseSchedule } from "../../../../../features/schedules/commands.ts";
import { pauseScheduleInput } from "../../../../../features/schedules/schema.ts";
import { route } from "../../../../../server/route.ts";

export const POST = route(pauseScheduleInput, async ({ member, input }) => {
  await pauseSchedule(member, input);
});
