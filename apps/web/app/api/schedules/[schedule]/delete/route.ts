/** Deletes a schedule; its runs stay. */
import { deleteSchedule } from "../../../../../features/schedules/commands.ts";
import { scheduleInput } from "../../../../../features/schedules/schema.ts";
import { route } from "../../../../../server/route.ts";

export const POST = route(scheduleInput, async ({ member, input }) => {
  await deleteSchedule(member, input.schedule);
});
