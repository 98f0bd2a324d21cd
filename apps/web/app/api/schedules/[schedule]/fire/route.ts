/** Runs a schedule's job now. */
import { fireSchedule } from "../../../../../features/schedules/commands.ts";
import { fireScheduleInput } from "../../../../../features/schedules/schema.ts";
import { route } from "../../../../../server/route.ts";

export const POST = route(fireScheduleInput, async ({ member, input }) => {
  await fireSchedule(member, input);
});
