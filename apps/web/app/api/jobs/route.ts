/** Asks for a new task. */
import { createJob } from "../../../features/jobs/commands.ts";
import { createJobInput } from "../../../features/jobs/schema.ts";
import { route } from "../../../server/route.ts";

export const POST = route(createJobInput, async ({ member, input }) => await createJob(member, input));
