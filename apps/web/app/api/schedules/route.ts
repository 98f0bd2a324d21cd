/** Asks for a new schedule. */
import { createSchedule } from "../../../features/schedules/commands.ts";
import { createScheduleInput } from "../../../features/schedules/schema.ts";
import { route } from "../../../server/route.ts";

export const POST = route(createScheduleInput, async ({ member, input }) => {
  await createSchedule(member, input);
});
