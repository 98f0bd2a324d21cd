/** What is kept of each model call: for costs, and for the runs that a 401, 402 or 429 stops. The store implements the port. */
import type { Usage } from "./usage.ts";

export interface ModelCallRecord extends Usage {
  organization: string;
  workstation: string;
  /** agentd's word: a hint within the workstation. */
  run: string | null;
  resource: string;
  /** The upstream's status, or the gate's own where nothing was sent. */
  status: number;
  retryAfterSeconds: number | null;
  /** When the provider says that its limit ends; milliseconds since the epoch. */
  resetAtMs: number | null;
  /** Not passed on, because the run's budget was used up. */
  overBudget: boolean;
}

export interface ModelCalls {
  record(call: ModelCallRecord): Promise<void>;
}
