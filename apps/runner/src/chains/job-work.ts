/** What jobs.jobs keeps of the work of a job that is more than a prompt. */
import { AGENTS, commandVariables, pathBelow } from "@nightgate/shared/agentd-protocol";
import { z } from "zod";

/** Of `command`. */
export const commandWork = z.object({
  folder: pathBelow,
  command: pathBelow,
  env: commandVariables,
  timeoutSeconds: z.int(),
  /** Statuses with which it has done what it should: a triage says with them what it has found. */
  accepts: z.array(z.int()),
});
export type CommandWork = z.infer<typeof commandWork>;

/** Of `builtin`. */
export const builtinWork = z.object({
  builtin: z.string(),
  with: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** Who is asked where it takes a model after all. */
  agent: z.enum(AGENTS),
});
export type BuiltinWork = z.infer<typeof builtinWork>;

/** Of `agent`, in a chain: where its prompt lies in a file, and whether it writes to the memory. */
export const agentWork = z.object({
  file: pathBelow.optional(),
  memory: z.array(z.enum(["read", "write"])).default([]),
});
export type AgentWork = z.input<typeof agentWork>;
