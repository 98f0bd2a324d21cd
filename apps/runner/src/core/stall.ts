/**
 * The stall ladder: what is tried, one after the other, with a run that is at work and makes no progress. Progress is a tool call that is
 * new, a diff, a plan, a word of progress or of a person; output alone is not. Each rung is tried once, and any progress starts from below.
 */
import { STALL_RUNGS, type StallRung } from "@nightgate/shared/run-events";
import { LIMITS } from "../limits.ts";
import { GO_ON_CHOICE, type NewQuestion, STOP_CHOICE } from "./questions.ts";
import { type Decision, type NewMark, NOTHING, type RunSnapshot } from "./snapshot.ts";
import { type NewPrompt, nudgePrompt } from "./words.ts";

/** What to do about a run that is at work, and how long until then. */
export function decideStall(snapshot: RunSnapshot, now: Date): Decision {
  const { run, agentd, stall } = snapshot;
  if (
    agentd === null ||
    !agentd.caughtUp ||
    agentd.phase === "ended" ||
    agentd.phase === "unknown" ||
    run.workSince === null
  )
    return NOTHING;
  // What is to be sent is no stall of its agent's.
  if (snapshot.prompts.some(({ sent }) => !sent)) return NOTHING;
  const patience = patienceMs(snapshot);
  const quietMs = now.getTime() - quietSince(snapshot).getTime();
  if (quietMs < patience.ms) return { kind: "later", ms: patience.ms - quietMs };
  const rung = STALL_RUNGS[stall.rungs.length];
  // The last one has been tried: its question is open, or the agent is being ended.
  if (rung === undefined) return NOTHING;
  return climb(snapshot, rung, `${patience.what} for ${Math.round(quietMs / 60_000)} minutes`);
}

/** The newest rung, if it ended the agent to begin anew. */
export function endedFor({ stall }: RunSnapshot): Extract<StallRung, "resume" | "fresh" | "ask"> | null {
  const rung = stall.rungs.at(-1)?.rung;
  return rung === "resume" || rung === "fresh" || rung === "ask" ? rung : null;
}

/** Since when nothing has come of it: not counting what was said only because it stands still. */
function quietSince({ run, stall, progressAt, toolSince, prompts, last }: RunSnapshot): Date {
  const told = prompts.filter(({ id }) => !id.startsWith("stall-")).map(({ at }) => at);
  const dates = [
    run.workSince,
    stall.rungs.at(-1)?.at,
    progressAt,
    toolSince,
    last?.body.kind === "prompt" ? last.at : null,
    ...told,
  ];
  return new Date(Math.max(...dates.flatMap((date) => (date == null ? [] : [date.getTime()]))));
}

/** Each phase has its own: a tool may take long, a model call less, and a prompt that nobody takes up the least. */
function patienceMs({ toolSince, last, stall, agentd }: RunSnapshot): { ms: number; what: string } {
  const rung = stall.rungs.at(-1)?.rung;
  if (rung === "nudge" || rung === "interrupt") return { ms: LIMITS.stallRungMs, what: "still no progress" };
  if (toolSince !== null) return { ms: LIMITS.toolQuietMsMax, what: "one tool call has been at work" };
  if (last?.body.kind === "prompt" && agentd?.phase === "working")
    return { ms: LIMITS.turnQuietMsMax, what: "no new tool call, diff or test" };
  return { ms: LIMITS.betweenTurnsMsMax, what: "its next turn has not begun" };
}

function climb(snapshot: RunSnapshot, rung: StallRung, why: string): Decision {
  const { run, stall, prompts } = snapshot;
  const number = stall.all + 1;
  const mark: NewMark = {
    id: `stall-${number}-${rung}`,
    kind: "stall",
    text: `It made no progress (${why}). ${WHAT[rung]}`,
  };
  const nudge: NewPrompt = nudgePrompt(run.id, number, why);
  const id = `stall-${run.id}-${number}-${rung}`;
  switch (rung) {
    case "nudge":
      return { kind: "tell", prompts: [nudge], marks: [mark] };
    case "interrupt":
      // The turn that is ended must have one behind it.
      return {
        kind: "act",
        command: "interrupt",
        id,
        prompts: prompts.every(({ begun }) => begun) ? [nudge] : [],
        marks: [mark],
      };
    case "resume":
    case "fresh":
    case "ask":
      return { kind: "act", command: "stop", id, prompts: [], marks: [mark] };
  }
}

const WHAT: Record<StallRung, string> = {
  nudge: "The agent is asked where it stands, after this turn.",
  interrupt: "Its turn is ended, and it is asked where it stands.",
  resume: "Its process is ended and started again in the same session.",
  fresh: "It starts anew, in a fresh session, with a summary of what was asked and done.",
  ask: "Its process is ended, and a person is asked.",
};

/** What the people are asked when nothing has helped. */
export function stalledQuestion({ lastWords }: RunSnapshot): NewQuestion {
  const said = lastWords.trim() === "" ? "" : `\n\nIts last words:\n\n${lastWords.trim().slice(-1_000)}`;
  return {
    purpose: "stalled",
    text: `The task stands still: it was nudged, interrupted, resumed and started anew, and nothing new came of it. What now?${said}`,
    choices: [GO_ON_CHOICE, STOP_CHOICE],
    deadline: null,
  };
}
