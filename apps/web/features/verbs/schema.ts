/** What is sent to ask for a verb. */
import { verbCallId } from "@nightgate/shared/verbs/verb";
import { z } from "zod";
import { newCallId, verbArgs } from "./commands.ts";

export const verbInput = z.object({
  verb: z.string().min(1).max(64),
  /** Asked again with the same id it is done once. */
  id: verbCallId.default(newCallId),
  args: verbArgs.default({}),
});
