/**
 * What becomes of a run, from what is known of it: a pure function of its row, its prompts, its last event, its holds, its questions and
 * what the gate saw. It may be asked at any time, twice, or by a runner that has just started: the answer is the same (invariant 10).
 */
import { RUN_MOVES } from "@nightgate/shared/run-states";
import { LIMITS } from "../limits.ts";
import { decideFallback } from "./fallback.ts";
import { decideLimits } from "./limits-of-a-run.ts";
import { answersToTell, isOpen, nextDeadlineMs } from "./questions.ts";
import { type Decision, move, NOTHING, type RunSnapshot, sooner } from "./snapshot.ts";
import { decideStall } from "./stall.ts";
import { decideTurn, holdsOpen, isGone, jitterMs } from "./turn.ts";
import { decisionPrompt, type NewPrompt, resumePrompt } from "./words.ts";

/** Says what to do with the run now. */
export function decide(snapshot: RunSnapshot, now: Date): Decision {
  const untold = untoldDecisions(snapshot);
  const tell: Decision = untold.length > 0 ? { kind: "tell", prompts: untold } : NOTHING;
  switch (snapshot.run.state) {
    case "scheduled":
      return decideScheduled(snapshot, now);
    case "blocked":
      return snapshot.prompts.some(({ begun }) => begun)
        ? decideWaiting(snapshot, untold)
        : decideBlocked(snapshot);
    case "queued":
      return tell;
    case "stalled":
      return untold.length > 0 ? tell : decideStalled(snapshot);
    case "awaiting_input":
      return tell.kind === "tell" ? tell : decideAwaitingInput(snapshot, now);
    case "dispatching":
      return tell.kind === "tell" ? tell : decideDispatching(snapshot);
    case "running":
      return tell.kind === "tell" ? tell : decideRunning(snapshot, now);
    case "awaiting_approval":
      return decideAwaitingApproval(snapshot, untold, now);
    case "rate_limited":
      return decideLimited(snapshot, untold, now);
    case "needs_auth":
      return credentialIsNew(snapshot)
        ? resume(snapshot, "needs_auth", untold)
        : decideFallback(snapshot, now);
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

/** It has begun, and waits for agents that it has asked. What became of its holds wakes it too. */
function decideWaiting({ peers }: RunSnapshot, untold: NewPrompt[]): Decision {
  const prompts = [...untold, ...peers.answers];
  return prompts.length > 0 || peers.asksOpen === 0 ? move("queued", { prompts }) : NOTHING;
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

/** An answer wakes it, a person's or another agent's, and so does the end of the time for one. */
function decideAwaitingInput(snapshot: RunSnapshot, now: Date): Decision {
  const { questions } = snapshot;
  const told = answersToTell(questions, now);
  const prompts = [...told.prompts, ...(isParked(snapshot, now) ? [] : snapshot.peers.answers)];
  if (prompts.length > 0) return move("queued", { ...told, prompts });
  const waitMs = nextDeadlineMs(questions, now);
  return waitMs === null ? NOTHING : { kind: "later", ms: waitMs };
}

/** A person stopped it, or the engine did until a person answers: another agent's answer is no reason to go on. */
function isParked({ last, questions }: RunSnapshot, now: Date): boolean {
  if (last?.body.kind === "turn.ended" && last.body.stopReason === "cancelled") return true;
  return questions.some(
    (each) => isOpen(each, now) && each.purpose !== "agent" && each.purpose !== "question",
  );
}

/** Answers go along with the decision that wakes it; once nothing is held any more, a question that is open keeps it from its end. */
function decideAwaitingApproval(snapshot: RunSnapshot, untold: NewPrompt[], now: Date): Decision {
  const { answers, asksOpen } = snapshot.peers;
  if (untold.length + answers.length > 0) return move("queued", { prompts: [...untold, ...answers] });
  if (holdsOpen(snapshot)) return NOTHING;
  const { prompts, expired } = answersToTell(snapshot.questions, now);
  if (prompts.length > 0) return move("queued", { prompts, expired });
  const waitMs = nextDeadlineMs(snapshot.questions, now);
  if (waitMs !== null) return { kind: "later", ms: waitMs };
  return asksOpen > 0 ? NOTHING : move("succeeded", { result: snapshot.lastWords });
}

/** Runs that wait for the same provider are put in order anew by what it says last, to whichever of them. */
function decideLimited(snapshot: RunSnapshot, untold: NewPrompt[], now: Date): Decision {
  const { run, limitUntil } = snapshot;
  const isFar = limitUntil !== null && limitUntil.getTime() - now.getTime() > LIMITS.retryAfterMsMax;
  if (limitUntil !== null && !isFar) {
    const resumeAt = new Date(limitUntil.getTime() + jitterMs(run.id));
    if (run.resumeAt === null || run.resumeAt < resumeAt) return { kind: "tell", prompts: [], resumeAt };
  }
  return limitHasPassed(snapshot, now)
    ? resume(snapshot, "rate_limited", untold)
    : decideFallback(snapshot, now);
}

function limitHasPassed({ run }: RunSnapshot, now: Date): boolean {
  return run.resumeAt !== null && run.resumeAt <= now;
}

function credentialIsNew({ credentialChangedAt, last }: RunSnapshot): boolean {
  return credentialChangedAt !== null && last !== null && credentialChangedAt > last.at;
}

/** Its workstation is back, and its process may have gone on meanwhile: it is taken up where it is. */
function decideStalled({ agentd }: RunSnapshot): Decision {
  return agentd === null ? NOTHING : move("queued");
}

/** Nobody can say what becomes of it: its locks are for others until its workstation is back. */
function decideAway({ agentd, awaySince }: RunSnapshot, now: Date): Decision {
  if (agentd !== null || awaySince === null) return NOTHING;
  const waitMs = awaySince.getTime() + LIMITS.awayMsMax - now.getTime();
  if (waitMs > 0) return { kind: "later", ms: waitMs };
  return move("stalled", {
    error: `Its workstation has not been there since ${awaySince.toISOString()}. It goes on by itself when that is back.`,
  });
}

function decideRunning(snapshot: RunSnapshot, now: Date): Decision {
  const limited = decideLimits(snapshot);
  if (limited.kind !== "nothing") return limited;
  const decided = decideTurn(snapshot, now);
  if (decided.kind !== "nothing") return decided;
  const leftMs = snapshot.run.timeoutMs - snapshot.run.workedMs;
  if (leftMs > 0)
    return sooner(sooner(decideAway(snapshot, now), decideStall(snapshot, now)), {
      kind: "later",
      ms: leftMs,
    });
  return move("timed_out", {
    error: `It was at work for ${minutes(snapshot.run.timeoutMs)}, which is all that it was given. Its files are as the agent left them.`,
    result: snapshot.lastWords,
  });
}

function minutes(ms: number): string {
  const count = Math.round(ms / 60_000);
  return count < 2 ? `${Math.round(ms / 1000)} seconds` : `${count} minutes`;
}

function resume(snapshot: RunSnapshot, why: "rate_limited" | "needs_auth", untold: NewPrompt[]): Decision {
  return move("queued", { prompts: [resumePrompt(snapshot.run.id, snapshot.run.epoch, why), ...untold] });
}

/** Invariant 10: one prompt per hold and end state, whoever asks and how often. */
function untoldDecisions({ holds, prompts }: RunSnapshot): NewPrompt[] {
  const known = new Set(prompts.map(({ id }) => id));
  return holds.flatMap((hold) => {
    const prompt = decisionPrompt(hold);
    return prompt === null || known.has(prompt.id) ? [] : [prompt];
  });
}
