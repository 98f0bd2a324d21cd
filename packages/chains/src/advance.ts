/**
 * The next moves of a night: a pure function of the chain and of what has become of its jobs so far. It may be asked at any time, twice,
 * or by a runner that has just started: the answer is the same (invariant 10), and what has been moved is not moved again.
 */
import type { Chain, ChainJob, Triage } from "./chain.ts";
import type { Fire, NeedResult } from "./fire.ts";
import { layers } from "./graph.ts";
import { startOf } from "./job-start.ts";
import { type TriageOutcome, triageOutcome } from "./triage.ts";

export const CHAIN_JOB_STATES = [
  "waiting",
  "triage",
  "running",
  "succeeded",
  "failed",
  "timed_out",
  "skipped",
  "upstream_failed",
  "cancelled",
] as const;
export type ChainJobState = (typeof CHAIN_JOB_STATES)[number];

/** How a run ended: its result and, of a command, its status. */
export interface EndedRun {
  state: "succeeded" | "failed" | "timed_out" | "cancelled" | "skipped" | "upstream_failed";
  result: string;
  error: string;
  /** Null where it did not end by itself. */
  exitStatus: number | null;
}

/** A job of the night as it stands; its runs once they have ended, null before. */
export interface ChainJobSeen {
  name: string;
  state: ChainJobState;
  triage: EndedRun | null;
  run: EndedRun | null;
}

export type ChainMove =
  | { job: string; kind: "begin"; phase: "triage" | "work"; outcome: TriageOutcome | null }
  | {
      job: string;
      kind: "end";
      state: Exclude<ChainJobState, "waiting" | "triage" | "running">;
      outcome: TriageOutcome | null;
      result: string;
      error: string;
    }
  /** Its run is to be ended; it is over when that is. */
  | { job: string; kind: "cancel" };

export interface Advance {
  moves: ChainMove[];
  /** How the night ended, once nothing of it is left to do. */
  end: "succeeded" | "failed" | "cancelled" | null;
}

export function isOver(state: ChainJobState): boolean {
  return state !== "waiting" && state !== "triage" && state !== "running";
}

/** What is to be done now. `cancelling`: somebody has ended the night. */
export function advance(
  chain: Chain,
  fire: Fire,
  jobs: readonly ChainJobSeen[],
  cancelling: boolean,
): Advance {
  const seen = new Map(jobs.map((job) => [job.name, job]));
  const states = new Map(jobs.map(({ name, state }) => [name, state]));
  const byName = new Map(chain.jobs.map((job) => [job.name, job]));
  const moves: ChainMove[] = [];
  // In the order of the needs: what ends here ends or begins others in the same step.
  for (const name of layers(new Map(chain.jobs.map(({ name: job, needs }) => [job, needs]))).flat()) {
    const job = byName.get(name);
    const now = seen.get(name);
    if (job === undefined || now === undefined || isOver(now.state)) continue;
    for (const move of movesOf(job, now, { fire, byName, states, cancelling })) {
      moves.push(move);
      states.set(name, stateAfter(move, states.get(name) ?? "waiting"));
    }
  }
  const over = [...states.values()].every(isOver);
  return { moves, end: over ? endOf([...states.values()], cancelling) : null };
}

interface Night {
  fire: Fire;
  byName: ReadonlyMap<string, ChainJob>;
  states: ReadonlyMap<string, ChainJobState>;
  cancelling: boolean;
}

function movesOf(job: ChainJob, now: ChainJobSeen, night: Night): ChainMove[] {
  switch (now.state) {
    case "waiting":
      return waitingMoves(job, night);
    case "triage":
      if (now.triage === null) return night.cancelling ? [{ job: job.name, kind: "cancel" }] : [];
      return night.cancelling ? [ended(job, "cancelled")] : triageMoves(job, now.triage);
    case "running":
      if (now.run === null) return night.cancelling ? [{ job: job.name, kind: "cancel" }] : [];
      return [ended(job, now.run.state, { result: now.run.result, error: now.run.error })];
    default:
      return [];
  }
}

function waitingMoves(job: ChainJob, { fire, byName, states, cancelling }: Night): ChainMove[] {
  if (cancelling) return [ended(job, "cancelled")];
  const needs = new Map<string, NeedResult>();
  for (const needed of job.needs) {
    const state = states.get(needed) ?? "waiting";
    if (!isOver(state)) return [];
    needs.set(needed, needResult(state, byName.get(needed)));
  }
  switch (startOf(job, fire, needs)) {
    case "begin": {
      const phase = job.work.kind === "agent" && job.work.triage !== null ? "triage" : "work";
      return [{ job: job.name, kind: "begin", phase, outcome: null }];
    }
    case "skipped":
      return [ended(job, "skipped", { error: skippedWords(job, needs) })];
    case "upstream_failed":
      return [ended(job, "upstream_failed", { error: failedWords(job, states, needs) })];
  }
}

/** A failure that does not cascade counts as succeeded; what never began because of another's failure cannot say so. */
function needResult(state: ChainJobState, job: ChainJob | undefined): NeedResult {
  if (state === "succeeded" || state === "skipped") return state;
  return state !== "upstream_failed" && job?.onFailure === "continue" ? "succeeded" : "failed";
}

function skippedWords(job: ChainJob, needs: ReadonlyMap<string, NeedResult>): string {
  const skipped = [...needs].find(([, result]) => result === "skipped")?.[0];
  return skipped === undefined
    ? "Its condition was not true."
    : `${job.name} needs ${skipped}, which was skipped.`;
}

function failedWords(
  job: ChainJob,
  states: ReadonlyMap<string, ChainJobState>,
  needs: ReadonlyMap<string, NeedResult>,
): string {
  const failed = [...needs].find(([, result]) => result === "failed")?.[0] ?? "";
  const how = (states.get(failed) ?? "failed").replaceAll("_", " ");
  return `${job.name} needs ${failed}, which ended as ${how}. Nothing of it was begun.`;
}

function triageMoves(job: ChainJob, run: EndedRun): ChainMove[] {
  const triage: Triage | null = job.work.kind === "agent" ? job.work.triage : null;
  if (run.state === "cancelled") return [ended(job, "cancelled", { error: run.error })];
  const outcome = triageOutcome(run);
  const verdict = outcome === "ERROR" ? triage?.onError : triage?.outcomes[outcome];
  switch (verdict ?? "escalate") {
    case "succeed":
      return [ended(job, "succeeded", { outcome, result: run.result })];
    case "fail":
      return [
        ended(job, "failed", {
          outcome,
          result: run.result,
          error: run.error === "" ? `Its triage said ${outcome}.` : run.error,
        }),
      ];
    case "escalate":
      return [{ job: job.name, kind: "begin", phase: "work", outcome }];
  }
}

function ended(
  { name }: ChainJob,
  state: Extract<ChainMove, { kind: "end" }>["state"],
  more: { outcome?: TriageOutcome; result?: string; error?: string } = {},
): ChainMove {
  return { job: name, kind: "end", state, outcome: null, result: "", error: "", ...more };
}

function stateAfter(move: ChainMove, before: ChainJobState): ChainJobState {
  switch (move.kind) {
    case "begin":
      return move.phase === "triage" ? "triage" : "running";
    case "end":
      return move.state;
    case "cancel":
      return before;
  }
}

const BAD: ReadonlySet<ChainJobState> = new Set(["failed", "timed_out", "cancelled", "upstream_failed"]);

function endOf(states: readonly ChainJobState[], cancelling: boolean): "succeeded" | "failed" | "cancelled" {
  if (cancelling) return "cancelled";
  return states.some((state) => BAD.has(state)) ? "failed" : "succeeded";
}
