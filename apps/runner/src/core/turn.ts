/** What a turn that is over, or whose agent is gone, makes of its run. */
import { isSettled } from "@nightgate/shared/hold-states";
import type { Claim } from "@nightgate/shared/verbs/human-verbs";
import { LIMITS } from "../limits.ts";
import { endsOnQuestion, structuredResult } from "./ends-on-question.ts";
import { answersToTell, isOpen, type NewQuestion } from "./questions.ts";
import { type Decision, type Expects, move, type Move, NOTHING, type RunSnapshot } from "./snapshot.ts";
import { endedFor, stalledQuestion } from "./stall.ts";
import { freshPrompt, restartPrompt, resultNudge, resumePrompt, stallRestartPrompt } from "./words.ts";

/** Decides about a run at work by its turns alone. */
export function decideTurn(snapshot: RunSnapshot, now: Date): Decision {
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

type TurnOver = {
  at: Date;
  body: Extract<NonNullable<RunSnapshot["last"]>["body"], { kind: "turn.ended" | "turn.failed" }>;
};

function turnIsOver(snapshot: RunSnapshot, last: TurnOver, now: Date): Decision {
  return last.body.kind === "turn.ended"
    ? turnEnded(snapshot, last.body.stopReason, now)
    : turnFailed(snapshot, last.body.message, last.at, now);
}

export function isGone({ phase }: NonNullable<RunSnapshot["agentd"]>): boolean {
  return phase === "ended" || phase === "unknown";
}

export function holdsOpen({ holds }: RunSnapshot): boolean {
  return holds.some(({ state }) => !isSettled(state));
}

function turnEnded(snapshot: RunSnapshot, stopReason: string, now: Date): Decision {
  const told = answersToTell(snapshot.questions, now);
  const prompts = [...told.prompts, ...(stopReason === "cancelled" ? [] : snapshot.peers.answers)];
  if (prompts.length > 0) return { kind: "tell", ...told, prompts };
  if (stopReason === "cancelled") return move("awaiting_input");
  if (holdsOpen(snapshot)) return move("awaiting_approval");
  if (snapshot.questions.some((question) => isOpen(question, now))) return move("awaiting_input");
  if (waitsForPeers(snapshot)) return move("blocked");
  if (stopReason === "end_turn") return turnDone(snapshot, now);
  const why =
    stopReason === "refusal"
      ? "The model refused to go on with this task."
      : `The agent stopped before it was done (${stopReason}). Send it more words to go on.`;
  return move("failed", { error: why, result: snapshot.lastWords });
}

/** It has asked other agents and ended its turn: their answers are its next prompt, unless it has said that it is done without them. */
function waitsForPeers({ peers, claim }: RunSnapshot): boolean {
  return peers.asksOpen > 0 && claim?.isFresh !== true;
}

/** The agent ended its turn by itself. Its own word counts first, then what the gate has seen, then how its last message ends. */
function turnDone(snapshot: RunSnapshot, now: Date): Decision {
  const { claim, lastWords, run } = snapshot;
  const said = claim?.isFresh === true ? claim : structuredResult(lastWords);
  if (said !== null && said.status !== "succeeded") return move("failed", notDone(said));
  if (run.expects !== null && !isThere(snapshot, run.expects, said !== null || claim !== null))
    return askForResult(snapshot, run.expects, now);
  if (said !== null) return move("succeeded", wordsOf(said));
  const question = endsOnQuestion(lastWords);
  if (question === null) return move("succeeded", { result: lastWords });
  return move("awaiting_input", {
    result: lastWords,
    asks: [{ purpose: "question", ...question, deadline: new Date(now.getTime() + LIMITS.questionMsMax) }],
  });
}

function wordsOf({ summary, tests }: Claim): Pick<Move, "result" | "tests"> {
  return { result: summary, ...(tests && { tests }) };
}

function notDone(said: Claim): Pick<Move, "result" | "tests" | "error"> {
  const { status, summary } = said;
  return {
    error: status === "partial" ? `It says that only a part is done: ${summary}` : summary,
    ...wordsOf(said),
  };
}

/** What was pushed and opened is known from the gate, never from an agent's words. */
function isThere({ holds }: RunSnapshot, expects: Expects, isSaid: boolean): boolean {
  switch (expects) {
    case "result":
      return isSaid;
    case "branch":
      return holds.some(({ kind, state }) => kind === "git.push" && state === "released");
    case "pull_request":
      return holds.some(
        ({ kind, state, title }) =>
          kind === "http.request" && state === "released" && /pull request/iu.test(title),
      );
  }
}

function askForResult(snapshot: RunSnapshot, expects: Expects, now: Date): Decision {
  const { run, prompts, questions, lastWords } = snapshot;
  const nudge = resultNudge(run.id, expects);
  if (!prompts.some(({ id }) => id === nudge.id))
    return {
      kind: "tell",
      prompts: [nudge],
      marks: [
        {
          id: "result-nudge",
          kind: "result",
          text: `It ended its turn without what was expected (${SAID[expects]}). It is asked for it once.`,
        },
      ],
    };
  const text = `The agent says that it is done, but there is no ${SAID[expects]}. What shall it do?\n\nIts last words:\n\n${lastWords.trim().slice(-2_000)}`;
  const ask: NewQuestion = {
    purpose: "result",
    text,
    choices: [],
    deadline: new Date(now.getTime() + LIMITS.questionMsMax),
  };
  // Once nobody answers, its end is what it is: a person was asked, and it was nudged.
  if (questions.some(({ purpose }) => purpose === "result"))
    return move("failed", { error: `It ended without ${SAID[expects]}.`, result: lastWords });
  return move("awaiting_input", { result: lastWords, asks: [ask] });
}

const SAID: Record<Expects, string> = {
  branch: "pushed branch",
  pull_request: "pull request",
  result: "result (job_result)",
};

const NEEDS_AUTH: ReadonlySet<number> = new Set([401, 402, 403]);
const RATE_LIMITED: ReadonlySet<number> = new Set([429, 529]);
/** The provider answers with a fault of its own, or nobody reaches it: the network is away, or a proxy in between says so. */
const PROVIDER_AWAY: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** Why a turn failed says the gate, which saw the provider's status; never the agent's words. */
function turnFailed(snapshot: RunSnapshot, message: string, at: Date, now: Date): Decision {
  const { run, modelCall } = snapshot;
  // There is money again, or it would have been parked.
  if (modelCall?.overBudget === true)
    return move("queued", { prompts: [resumePrompt(run.id, run.epoch, "over_budget")] });
  const status = modelCall?.status ?? 0;
  if (NEEDS_AUTH.has(status)) return move("needs_auth", { error: message });
  if (RATE_LIMITED.has(status))
    return move("rate_limited", { error: message, resumeAt: resumeTime(snapshot, now) });
  if (PROVIDER_AWAY.has(status) && trailing(snapshot.prompts, "resume-") < LIMITS.providerAwayTriesMax)
    return move("rate_limited", {
      error: `The model's provider cannot be reached or is out of order (${status}). It is tried again. ${message}`,
      resumeAt: resumeTime(snapshot, now),
    });
  const waitMs = at.getTime() + LIMITS.modelStatusWaitMs - now.getTime();
  if (waitMs > 0) return { kind: "later", ms: waitMs };
  return holdsOpen(snapshot)
    ? move("awaiting_approval", { error: message })
    : move("failed", { error: message, result: snapshot.lastWords });
}

/** When the provider said so; else after a pause that grows. Each run a little later than another, so that they do not come at once. */
function resumeTime({ modelCall, prompts, run }: RunSnapshot, now: Date): Date {
  const resetAt = modelCall?.resetAt ?? null;
  if (resetAt !== null && resetAt > now) {
    const waitMs = Math.min(resetAt.getTime() - now.getTime(), LIMITS.retryAfterMsMax);
    return new Date(now.getTime() + waitMs + jitterMs(run.id));
  }
  const told = modelCall?.retryAfterSeconds ?? null;
  const before = trailing(prompts, "resume-");
  const pauseMs =
    told === null
      ? Math.min(LIMITS.rateLimitMsMin * 2 ** before, LIMITS.rateLimitMsMax)
      : Math.min(told * 1000, LIMITS.retryAfterMsMax);
  return new Date(now.getTime() + Math.max(pauseMs, 1000));
}

/** The same for the same run: deciding has no dice. */
export function jitterMs(run: string): number {
  let sum = 0;
  for (const character of run) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  return sum % LIMITS.resumeJitterMsMax;
}

/** The agent's process is gone in the middle of a turn: its session is taken up again, a few times; or it was ended because it stood still. */
function takeUp(snapshot: RunSnapshot): Decision {
  return takeUpStalled(snapshot) ?? takeUpDead(snapshot);
}

function takeUpStalled(snapshot: RunSnapshot): Move | null {
  const { run, stall, prompts, handOver, lastWords } = snapshot;
  const ended = endedFor(snapshot);
  if (ended === null) return null;
  if (ended === "ask")
    return move("awaiting_input", {
      resend: true,
      error: "It stands still.",
      asks: [stalledQuestion(snapshot)],
    });
  const prompt =
    ended === "resume"
      ? stallRestartPrompt(run.id, stall.all)
      : freshPrompt(run.id, stall.all, handOver ?? { asked: [], files: [] }, lastWords);
  if (prompts.some(({ id }) => id === prompt.id)) return null;
  return move("queued", { prompts: [prompt], resend: true });
}

function takeUpDead(snapshot: RunSnapshot): Decision {
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
