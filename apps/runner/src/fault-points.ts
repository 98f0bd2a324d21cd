/** The places at which a test may kill the runner: between what it has done and what it has written down, and the other way round. */
import type { FaultPoints } from "@nightgate/shared/fault-points";

export type RunnerFaultPoint =
  /** The run is `dispatching`, and agentd has not heard of it. */
  | "after-claim"
  /** agentd has taken the prompt, and the row does not say so. */
  | "after-prompt"
  /** Events are stored, and agentd still keeps them for us. */
  | "after-events"
  /** The run has moved, and nobody has acted on it. */
  | "after-move";
export type RunnerFaults = FaultPoints<RunnerFaultPoint>;
