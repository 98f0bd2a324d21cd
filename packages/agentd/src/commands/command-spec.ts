/** A command as a run's record keeps it. */
import { commandVariables, pathBelow } from "@nightgate/shared/agentd-protocol";
import { z } from "zod";

export const commandSpec = z.object({
  command: pathBelow,
  folder: pathBelow,
  env: commandVariables,
  timeoutSeconds: z.int(),
  outputBytesMax: z.int(),
});
export type CommandSpec = z.infer<typeof commandSpec>;
