/**
 * What becomes of a run, from what is known of it: a pure function of its row, its prompts, its last event, its holds and what the
 * gate saw. It may be asked at any time, twice, or by a runner that has just started: the answer is the same (invariant 10).
 */
import { isSettled } from "@nightgate/shared/hold-states";
import type { RunEventBody } from "@nightgate/shared/run-events";
import type { RunState } from "@nightgate/shared/run-states";
import { LIMITS } from "../limits.ts";
import { decisionPrompt, type HoldSeen, type NewPrompt, restartPrompt, resumePrompt } from "./words.ts";

export interface RunSnapshot {
  run: { id: string; state: RunState; epoch: number; resumeAt: Date | null };
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
    case "queued":
    case "dispatching":
    case "awaiting_input":
      return tell;
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
      return NOTHING;
  }
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
