/** Ends the turn of a task and keeps its session. */
import { interruptJob } from "../../../../../features/jobs/commands.ts";
import { jobInput } from "../../../../../features/jobs/schema.ts";
import { route } from "../../../../../server/route.ts";

export const POST = route(jobInput, async ({ member, input }) => {
  await interruptJob(member, input.job);
});
