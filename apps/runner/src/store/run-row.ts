/** A run as the runner reads it, and what it may wish of it. */
import type { RunState } from "@nightgate/shared/run-states";
import type { TestCounts } from "@nightgate/shared/verbs/human-verbs";
import type { Along, Expects, SecondProvider } from "../core/snapshot.ts";

export interface RunRow {
  organization: string;
  id: string;
  job: string;
  workstation: string;
  agent: string;
  state: RunState;
  epoch: number;
  session: string | null;
  lastSeq: number;
  resumeAt: Date | null;
  startedAt: Date | null;
  /** Does not begin before this. */
  dueAt: Date | null;
  attempt: number;
  timeoutMs: number;
  /** Time at work before the present stretch of it, and when that began. */
  workedMs: number;
  workSince: Date | null;
  needsAlways: boolean;
  anyTime: boolean;
  expects: Expects | null;
  budgetDollars: number | null;
  budgetWorkMs: number | null;
  /** What its agent has said of its end, as it was stored. */
  claim: unknown;
  claimedAt: Date | null;
  progressAt: Date | null;
  /** Since when it goes on with its second provider. */
  fellBackAt: Date | null;
  /** The session that it had before another agent took it over. */
  firstSession: string | null;
}

export interface RunMoveWish extends Along {
  to: RunState;
  /** Send prompts again that no turn has begun with. agentd takes each id once. */
  resend: boolean;
  result?: string;
  tests?: TestCounts;
  error?: string;
  resumeAt?: Date;
  fallback?: SecondProvider;
}
