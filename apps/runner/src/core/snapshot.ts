/** All that decides what becomes of a run, as it was read in one transaction; and what may be decided. Both are data: deciding is pure. */
import type { RunEventBody, StallRung } from "@nightgate/shared/run-events";
import type { RunState } from "@nightgate/shared/run-states";
import type { Claim, TestCounts } from "@nightgate/shared/verbs/human-verbs";
import type { NightNow } from "./night.ts";
import type { NewQuestion, QuestionSeen } from "./questions.ts";
import type { HoldSeen, NewPrompt } from "./words.ts";

export type Expects = "branch" | "pull_request" | "result";

export interface RunSnapshot {
  run: {
    id: string;
    state: RunState;
    epoch: number;
    resumeAt: Date | null;
    dueAt: Date | null;
    /** How long it has been at work, and how long it may be. */
    workedMs: number;
    timeoutMs: number;
    /** Since when it is at work now; null while it is not. */
    workSince: Date | null;
    /** Begins however the runs that it needs have ended. */
    needsAlways: boolean;
    /** Begins and goes on also outside of the night's window. */
    anyTime: boolean;
    expects: Expects | null;
    /** `holder` is the run whose dollars these are: its own, or those of a run that has caused it. Of what is spent, `promised` is not spent yet. */
    budget: { dollars: number | null; workMs: number | null; holder?: string; promised?: number };
  };
  /** The runs that it needs. */
  needs: { id: string; state: RunState; title: string }[];
  /** In order. */
  prompts: { id: string; sent: boolean; begun: boolean; at: Date }[];
  /** The last event that begins or ends a turn. */
  last: { at: Date; body: Extract<RunEventBody, { kind: "prompt" | "turn.ended" | "turn.failed" }> } | null;
  /** The session ended after that; `error` says why if it was not asked to. */
  sessionEnded: { error: string | null } | null;
  /** The last message of the agent. */
  lastWords: string;
  holds: HoldSeen[];
  /** The newest call of this run that the gate passed on or refused; `resetAt` as its provider said, to this run or to another one. */
  modelCall: {
    status: number;
    retryAfterSeconds: number | null;
    resetAt: Date | null;
    at: Date;
    /** The gate has not passed it on, because the budget was used up. */
    overBudget?: boolean;
  } | null;
  /** When a credential or the policy last changed in this organization. */
  credentialChangedAt: Date | null;
  /** All that it has asked, and that was asked about it. */
  questions: QuestionSeen[];
  /** Other agents' answers that it was not told of, and how many it still waits for (jobs that it began and wants to hear of count). */
  peers: { answers: NewPrompt[]; asksOpen: number };
  /** What the agent said of its end, and whether it said so since it was last told something. */
  claim: (Claim & { isFresh: boolean }) | null;
  /** What has been done about its standing still, oldest first: only since its last progress. `all` counts those before, too. */
  stall: { rungs: { rung: StallRung; at: Date }[]; all: number };
  /** The last tool call that was new, diff, plan or word of progress; null before the first. */
  progressAt: Date | null;
  /** Since when a tool is at work; null while none is. */
  toolSince: Date | null;
  /** Until when its provider has told other runs since that its limit lasts; null where it has said nothing new. Read while it waits. */
  limitUntil: Date | null;
  /** With whom it may go on instead of waiting for its provider; null where it has nobody, or has gone on with them already. */
  fallback: (SecondProvider & { afterMs: number }) | null;
  /** What a fresh session is to be told; read only where one is about to begin. */
  handOver: { asked: string[]; files: string[] } | null;
  /** What is used of the dollars that it draws on, by all that do; null where nobody has set a limit. */
  spentDollars: number | null;
  /** Null where the organization has set no night. */
  night: NightNow | null;
  /** Since when its workstation is not connected; null while it is, or never was. */
  awaySince: Date | null;
  /** What agentd says now; null while the workstation is not connected. `caughtUp`: all its events are stored. */
  agentd: { phase: "starting" | "working" | "idle" | "ended" | "unknown"; caughtUp: boolean } | null;
}

/** Who takes a run over: perhaps the same agent, with another model. */
export interface SecondProvider {
  agent: string;
  /** A model of the policy; null is what the agent has anyway. */
  model: { id: string; name: string } | null;
}

/** Written into jobs.marks: what the engine did and why. The id makes it be written once. */
export interface NewMark {
  id: string;
  kind: "stall" | "budget" | "night" | "result" | "question" | "fallback";
  text: string;
}

/** What goes along with a decision, in its transaction. */
export interface Along {
  prompts: NewPrompt[];
  asks?: NewQuestion[];
  /** Questions whose time is over: closed, if nobody has answered in the meantime; else nothing of the decision is done. */
  expired?: string[];
  marks?: NewMark[];
  /** Words of the engine's own for the people: they wait for the briefing. */
  notes?: string[];
}

export type Move = Along & {
  kind: "move";
  to: RunState;
  resend: boolean;
  result?: string;
  /** What it has said of its tests with that. */
  tests?: TestCounts;
  error?: string;
  resumeAt?: Date;
  /** From now on it is theirs, in a session of their own. */
  fallback?: SecondProvider;
};

export type Decision =
  | { kind: "nothing" }
  /** Look again after so many milliseconds. */
  | { kind: "later"; ms: number }
  /** `resumeAt`: it waits for longer than it was told first. */
  | (Along & { kind: "tell"; resumeAt?: Date })
  /** Said to agentd, with an id that makes it be done once; then the rest is written. */
  | (Along & { kind: "act"; command: "interrupt" | "stop"; id: string })
  | Move;

export const NOTHING: Decision = { kind: "nothing" };

/** A move that brings nothing along but what is said. */
export function move(to: RunState, more: Partial<Omit<Move, "kind" | "to">> = {}): Move {
  return { kind: "move", to, prompts: [], resend: false, ...more };
}

/** What is there to be looked at first. */
export function sooner(one: Decision, other: Decision): Decision {
  if (one.kind === "nothing") return other;
  if (other.kind === "nothing" || one.kind !== "later") return one;
  return other.kind === "later" ? { kind: "later", ms: Math.min(one.ms, other.ms) } : other;
}
