/** What the `nightgate` command asks of agentd over its local socket: HTTP, for the agent and the person in the shell beside it. */
import { z } from "zod";
import { runId } from "./ids.ts";
import { verbCallId } from "./verbs/verb.ts";

export const AGENTD_LOCAL_SOCKET = "/run/nightgate/agentd.sock";

/** POST /apt/install. The answer streams apt's words as text; its last line is `exit 0` or `exit 1 <why>`. */
export const aptInstallRequest = z.strictObject({ packages: z.array(z.string().max(210)).min(1).max(50) });

/** POST /verbs. The answer is the verb's result, or problem+json. Asked again with the same id it is done once. */
export const localVerbCall = z.strictObject({
  id: verbCallId,
  /** The run in whose name it is asked; null in a shell that no run has started. */
  run: runId.nullable(),
  verb: z.string().min(1).max(64),
  args: z.record(z.string(), z.unknown()),
});
export type LocalVerbCall = z.infer<typeof localVerbCall>;

/** GET /status. */
export const agentdStatus = z.object({
  version: z.string(),
  boot: z.string(),
  /** Its id, from the gate; null before the gate has answered. */
  workstation: z.string().nullable(),
  gateAnswers: z.boolean(),
  runnerConnected: z.boolean(),
  runs: z.array(z.object({ run: z.string(), phase: z.string() })),
});
export type AgentdStatus = z.infer<typeof agentdStatus>;
