/** More words for a task. */
import { promptJob } from "../../../../../features/jobs/commands.ts";
import { promptJobInput } from "../../../../../features/jobs/schema.ts";
import { route } from "../../../../../server/route.ts";

export const POST = route(promptJobInput, async ({ member, input }) => {
  await promptJob(member, input);
});
