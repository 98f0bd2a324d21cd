/** A chain that can be run: read from YAML, checked whole, with its defaults applied and its matrices unfolded. */
import type { AgentName } from "@nightgate/shared/agentd-protocol";
import type { NamedLock } from "@nightgate/shared/jobs-inbox";
import type { Expression } from "./expressions.ts";
import type { Template } from "./templates.ts";

export type TriageVerdict = "succeed" | "escalate" | "fail";

export interface Triage {
  run: string;
  timeoutSeconds: number;
  outcomes: Record<"GREEN" | "YELLOW" | "RED", TriageVerdict>;
  onError: TriageVerdict;
}

export type ChainWork =
  | { kind: "command"; run: string }
  | { kind: "agent"; agent: AgentName; prompt: { text: Template } | { file: string }; triage: Triage | null }
  | {
      kind: "builtin";
      builtin: "memory.reinforce" | "memory.consolidate";
      /** Who is asked where it takes a model after all. */
      agent: AgentName;
      with: Record<string, Template | number | boolean | null>;
    };

export interface ChainJob {
  /** `review`, or `review (node, linux)` where a matrix made it. */
  name: string;
  needs: string[];
  if: Expression | null;
  work: ChainWork;
  locks: NamedLock[];
  /** Has them from when it begins until it ends, also while it waits. */
  keepLocks: boolean;
  matrix: Record<string, string | number | boolean | null>;
  memory: ("read" | "write")[];
  deliver: string[];
  workstation: string | null;
  repository: string | null;
  timeoutSeconds: number;
  retries: { max: number; backoffSeconds: number; backoff: "none" | "exponential" };
  /** `continue`: its failure does not fail those that need it. */
  onFailure: "cascade" | "continue";
  continuity: "fresh" | "resume";
}

export interface ChainSchedule {
  cron: string;
  /** Null: the organization's. */
  timeZone: string | null;
  missed: "coalesce" | "all" | "none";
  overlap: "skip" | "queue" | "cancel-running";
}

export interface Chain {
  name: string;
  schedules: ChainSchedule[];
  /** In the order of the file. */
  jobs: ChainJob[];
}

/** What is wrong, and where: lines and columns count from 1. */
export interface ChainFault {
  line: number;
  column: number;
  message: string;
}
