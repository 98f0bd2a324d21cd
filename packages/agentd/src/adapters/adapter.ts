/** What agentd must know about one agent: how it is started over the Agent Client Protocol, and what its failures mean. One entry per agent; no terminal output is ever parsed. */
import type { AgentName } from "@nightgate/shared/agentd-protocol";

/** Why a turn failed, as far as the agent's protocol says. */
export type TurnFailure =
  /** The connection to the model broke: the turn can be taken up again when the gate answers. */
  | "connection"
  /** Anything else, and everything that the gate has seen with its own status: the runner decides. */
  | "other";

export interface AgentAdapter {
  name: AgentName;
  /** The variables that say where a model is that it can use. Without any of them the agent is not started. */
  modelVariables: readonly [string, ...string[]];
  /** Program and arguments; looked up on PATH. */
  command: readonly [string, ...string[]];
  /** Variables of this agent for one run, on top of the workstation's. */
  environment(run: { run: string }): Record<string, string>;
  /** The session mode in which nothing inside the workstation is asked for. */
  freeMode: string | null;
  /** Reads an error answer to session/prompt. */
  failureOf(error: { code: number; message: string; data: unknown }): TurnFailure;
  /** What it is offered beyond the protocol, in `_meta` of the client's capabilities. */
  offer?: Record<string, unknown>;
  /** Reads a failure out of the `_meta` of an answer that calls itself a success; null is a success indeed. */
  failureIn?(meta: unknown): { failure: TurnFailure; message: string } | null;
  /** It asks again and again where the provider has refused (401, 402, 403, 429): its turn has to be ended from outside. */
  repeatsRefused: boolean;
}
