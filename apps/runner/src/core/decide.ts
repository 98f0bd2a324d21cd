/**
 * What becomes of a run, from what is known of it: a pure function of its row, its prompts, its last event, its holds and what the
 * gate saw. It may be asked at any time, twice, or by a runner that has just started: the answer is the same (invariant 10).
 */
import { isSettled } from "@nightgate/shared/hold-states";
import type { RunEventBody } from "@nightgate/shared/run-events";
import { RUN_MOVES, type RunState } from "@nightgate/shared/run-states";
import { LIMITS } from "../limits.ts";
import { decisionPrompt, type HoldSeen, type NewPrompt, restartPrompt, resumePrompt } from "./words.ts";

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
    /** Begins however the runs that it needs have ended. */
    needsAlways: boolean;
  };
  /** The runs that it needs. */
  needs: { id: string; state: RunState; title: string }[];
  /** In order. */
  prompts: { id: string; sent: boolean; begun: boolean }[];
  /** The last event that begins or ends a turn. */
  last: { at: Date; body: Extract<RunEventBody, { kind: "prompt" | "turn.ended" | "turn.failed" }> } | null;
  /** The session ended after that; `error` says why if it was not asked to. */
  sessionEnded: { error: string | null } | null;
  /** The last message of the agent. */
  lastWords: string;
  holds: HoldSeen[];
  /** The newest call of this run that the gate passed on or refused. */
  modelCall: { status: number; retryAfterSeconds: number | null; at: Date } | null;
  /** When a credential or the policy last changed in this organization. */
  credentialChangedAt: Date | null;
  /** What agentd says now; null while the workstation is not connected. `caughtUp`: all its events are stored. */
  agentd: { phase: "starting" | "working" | "idle" | "ended" | "unknown"; caughtUp: boolean } | null;
}

export type Decision =
  | { kind: "nothing" }
  /** Look again after so many milliseconds. */
  | { kind: "later"; ms: number }
  | { kind: "tell"; prompts: NewPrompt[] }
  | {
      kind: "move";
      to: RunState;
      prompts: NewPrompt[];
      resend: boolean;
      result?: string;
      error?: string;
      resumeAt?: Date;
    };

const NOTHING: Decision = { kind: "nothing" };

function move(to: RunState, more: Partial<Extract<Decision, { kind: "move" }>> = {}): Decision {
  return { kind: "move", to, prompts: [], resend: false, ...more };
}

/** Says what to do with the run now. */
export function decide(snapshot: RunSnapshot, now: Date): Decision {
  const untold = untoldDecisions(snapshot);
  const tell: Decision = untold.length > 0 ? { kind: "tell", prompts: untold } : NOTHING;
  switch (snapshot.run.state) {
    case "scheduled":
      return decideScheduled(snapshot, now);
    case "blocked":
      return decideBlocked(snapshot);
    case "queued":
    case "awaiting_input":
    case "stalled":
      return tell;
    case "dispatching":
      return tell.kind === "tell" ? tell : decideDispatching(snapshot);
    case "running":
      return tell.kind === "tell" ? tell : decideRunning(snapshot, now);
    case "awaiting_approval":
      if (untold.length > 0) return move("queued", { prompts: untold });
      return holdsOpen(snapshot) ? NOTHING : move("succeeded", { result: snapshot.lastWords });
    case "rate_limited":
      return limitHasPassed(snapshot, now) ? resume(snapshot, "rate_limited", untold) : NOTHING;
    case "needs_auth":
      return credentialIsNew(snapshot) ? resume(snapshot, "needs_auth", untold) : NOTHING;
    case "cancelling":
      return snapshot.agentd === null || isGone(snapshot.agentd) ? move("cancelled") : NOTHING;
    case "succeeded":
    case "failed":
    case "cancelled":
    case "timed_out":
    case "skipped":
    case "upstream_failed":
      return NOTHING;
  }
}

function decideScheduled({ run, needs }: RunSnapshot, now: Date): Decision {
  const waitMs = (run.dueAt?.getTime() ?? 0) - now.getTime();
  return waitMs > 0 ? { kind: "later", ms: waitMs } : move(needs.length > 0 ? "blocked" : "queued");
}

/** A need that was skipped skips; one that ended badly ends this one too, without a run; `always` does not mind. */
function decideBlocked({ run, needs }: RunSnapshot): Decision {
  if (needs.some(({ state }) => RUN_MOVES[state].length > 0)) return NOTHING;
  const bad = needs.find(({ state }) => state !== "succeeded" && state !== "skipped");
  if (run.needsAlways || needs.every(({ state }) => state === "succeeded")) return move("queued");
  if (bad === undefined) return move("skipped", { error: "A run that this one needs was skipped." });
  return move("upstream_failed", {
    error: `It needs ${bad.id} (${bad.title}), which ended as ${bad.state.replaceAll("_", " ")}. Nothing of this run was begun.`,
  });
}

/** The workstation went away before the run began: its locks are for others until it is back. */
function decideDispatching({ agentd, run }: RunSnapshot): Decision {
  if (agentd !== null) return NOTHING;
  const waitMs = LIMITS.dispatchMsMax - run.workedMs;
  return waitMs > 0 ? { kind: "later", ms: waitMs } : move("queued");
}

function limitHasPassed({ run }: RunSnapshot, now: Date): boolean {
  return run.resumeAt !== null && run.resumeAt <= now;
}

function credentialIsNew({ credentialChangedAt, last }: RunSnapshot): boolean {
  return credentialChangedAt !== null && last !== null && credentialChangedAt > last.at;
}

function isGone({ phase }: NonNullable<RunSnapshot["agentd"]>): boolean {
  return phase === "ended" || phase === "unknown";
}

function decideRunning(snapshot: RunSnapshot, now: Date): Decision {
  const decided = decideTurn(snapshot, now);
  if (decided.kind !== "nothing") return decided;
  const leftMs = snapshot.run.timeoutMs - snapshot.run.workedMs;
  if (leftMs > 0) return { kind: "later", ms: leftMs };
  return move("timed_out", {
    error: `It was at work for ${minutes(snapshot.run.timeoutMs)}, which is all that it was given. Its files are as the agent left them.`,
    result: snapshot.lastWords,
  });
}

function minutes(ms: number): string {
  const count = Math.round(ms / 60_000);
  return count < 2 ? `${Math.round(ms / 1000)} seconds` : `${count} minutes`;
}

function decideTurn(snapshot: RunSnapshot, now: Date): Decision {
  const { agentd, last, prompts, sessionEnded } = snapshot;
  const latest = prompts.at(-1);
  // What agentd has not taken yet is sent, not decided about.
  if (latest === undefined || prompts.some(({ sent }) => !sent)) return NOTHING;
  const died = agentd !== null && isGone(agentd) && agentd.caughtUp;
  // Its own turn has not begun: what is recorded belongs to an earlier one.
  if (!latest.begun || last === null) return died ? takeUp(snapshot) : NOTHING;
  if (last.body.kind === "prompt") return died || sessionEnded !== null ? takeUp(snapshot) : NOTHING;
  return last.body.prompt === latest.id ? turnIsOver(snapshot, { ...last, body: last.body }, now) : NOTHING;
}

type TurnOver = { at: Date; body: Extract<RunEventBody, { kind: "turn.ended" | "turn.failed" }> };

function turnIsOver(snapshot: RunSnapshot, last: TurnOver, now: Date): Decision {
  if (last.body.kind === "turn.ended") return turnEnded(snapshot, last.body.stopReason);
  return turnFailed(snapshot, last.body.message, last.at, now);
}

function turnEnded(snapshot: RunSnapshot, stopReason: string): Decision {
  if (stopReason === "cancelled") return move("awaiting_input");
  if (holdsOpen(snapshot)) return move("awaiting_approval");
  if (stopReason === "end_turn") return move("succeeded", { result: snapshot.lastWords });
  const why =
    stopReason === "refusal"
      ? "The model refused to go on with this task."
      : `The agent stopped before it was done (${stopReason}). Send it more words to go on.`;
  return move("failed", { error: why, result: snapshot.lastWords });
}

const NEEDS_AUTH: ReadonlySet<number> = new Set([401, 402, 403]);
const RATE_LIMITED: ReadonlySet<number> = new Set([429, 529]);

/** Why a turn failed says the gate, which saw the provider's status; never the agent's words. */
function turnFailed(snapshot: RunSnapshot, message: string, at: Date, now: Date): Decision {
  const status = snapshot.modelCall?.status ?? 0;
  if (NEEDS_AUTH.has(status)) return move("needs_auth", { error: message });
  if (RATE_LIMITED.has(status))
    return move("rate_limited", { error: message, resumeAt: resumeTime(snapshot, now) });
  const waitMs = at.getTime() + LIMITS.modelStatusWaitMs - now.getTime();
  if (waitMs > 0) return { kind: "later", ms: waitMs };
  return holdsOpen(snapshot)
    ? move("awaiting_approval", { error: message })
    : move("failed", { error: message, result: snapshot.lastWords });
}

function resumeTime({ modelCall, prompts }: RunSnapshot, now: Date): Date {
  const told = modelCall?.retryAfterSeconds ?? null;
  const before = trailing(prompts, "resume-");
  const pauseMs =
    told === null
      ? Math.min(LIMITS.rateLimitMsMin * 2 ** before, LIMITS.rateLimitMsMax)
      : Math.min(told * 1000, LIMITS.retryAfterMsMax);
  return new Date(now.getTime() + Math.max(pauseMs, 1000));
}

function resume(snapshot: RunSnapshot, why: "rate_limited" | "needs_auth", untold: NewPrompt[]): Decision {
  return move("queued", { prompts: [resumePrompt(snapshot.run.id, snapshot.run.epoch, why), ...untold] });
}

/** The agent died in the middle of a turn: its session is taken up again, a few times. */
function takeUp(snapshot: RunSnapshot): Decision {
  const error =
    snapshot.sessionEnded?.error ??
    "The agent's process is gone, and the workstation does not know this run any more.";
  const begun = snapshot.prompts.some((prompt) => prompt.begun);
  if (
    begun
      ? trailing(snapshot.prompts, "restart-") >= LIMITS.restartsMax
      : snapshot.run.epoch >= 2 * LIMITS.dispatchesMax
  )
    return move("failed", { error, result: snapshot.lastWords });
  return move("queued", {
    prompts: begun ? [restartPrompt(snapshot.run.id, snapshot.run.epoch)] : [],
    resend: true,
  });
}

function trailing(prompts: RunSnapshot["prompts"], prefix: string): number {
  const other = prompts.findLastIndex(({ id }) => !id.startsWith(prefix));
  return prompts.length - 1 - other;
}

function holdsOpen({ holds }: RunSnapshot): boolean {
  return holds.some(({ state }) => !isSettled(state));
}

/** Invariant 10: one prompt per hold and end state, whoever asks and how often. */
function untoldDecisions({ holds, prompts }: RunSnapshot): NewPrompt[] {
  const known = new Set(prompts.map(({ id }) => id));
  return holds.flatMap((hold) => {
    const prompt = decisionPrompt(hold);
    return prompt === null || known.has(prompt.id) ? [] : [prompt];
  });
}
