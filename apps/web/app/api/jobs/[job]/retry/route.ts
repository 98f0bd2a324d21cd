/** A new run of a task. */
import { retryJob } from "../../../../../features/jobs/commands.ts";
import { retryJobInput } from "../../../../../features/jobs/schema.ts";
import { route } from "../../../../../server/route.ts";

export const POST = route(retryJobInput, async ({ member, input }) => {
  await retryJob(member, input);
});
