/** Ends the run of a task. */
import { cancelJob } from "../../../../../features/jobs/commands.ts";
import { jobInput } from "../../../../../features/jobs/schema.ts";
import { route } from "../../../../../server/route.ts";

export const POST = route(jobInput, async ({ member, input }) => {
  await cancelJob(member, input.job);
});
