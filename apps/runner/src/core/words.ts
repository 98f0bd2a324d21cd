/** What the platform says to an agent, and the ids that make it say each thing once. */
import type { HoldState } from "@nightgate/shared/hold-states";

export interface NewPrompt {
  /** Primary key of jobs.prompts: the same id is never said twice. */
  id: string;
  text: string;
  source: "person" | "decision" | "platform" | "peer";
  hold: string | null;
  /** The messages whose end this tells: left out where somebody was told of them before. */
  tells?: readonly string[];
}

export interface HoldSeen {
  id: string;
  /** The kind of its action. */
  kind: string;
  state: HoldState;
  title: string;
  /** The reviewer's words, or what went wrong. */
  words: string;
  /** The name of who decided, where it is known. */
  decidedBy: string | null;
}

/** The prompt that tells an agent what became of a hold; null while there is nothing to tell. */
export function decisionPrompt(hold: HoldSeen): NewPrompt | null {
  const text = decisionWords(hold);
  return text === null
    ? null
    : { id: `decision-${hold.id}-${hold.state}`, text, source: "decision", hold: hold.id };
}

function decisionWords({ id, kind, state, title, words, decidedBy }: HoldSeen): string | null {
  const what = title === "" ? id : `${id} (${title})`;
  const said = words === "" ? "." : `: ${words}`;
  const [done, again] = kind === "git.push" ? ["pushed", "push again"] : ["sent", "ask again"];
  switch (state) {
    case "released":
      return `${what} was approved and ${done}${said}\n\nIf anything is left of your task, go on with it. Otherwise end your turn with a short account.`;
    case "rejected":
      return `${what} was rejected by ${decidedBy ?? "the reviewer"}${said}\n\nChange what is asked and ${again}.`;
    case "failed":
      return `${what} was approved, but could not be delivered${said}\n\nNothing was changed upstream. Look at the reason, put it right and ${again}.`;
    case "expired":
      return `Nobody answered ${what} in time, so it has expired. That is not a no: nobody looked at it. Nothing was ${done}. If it is still wanted, ${again}; otherwise end your turn with a short account.`;
    case "withdrawn":
      return `${what} was withdrawn${said}\n\nNothing was ${done}.`;
    case "superseded":
    case "pending":
    case "approved":
    case "releasing":
    case "unknown":
      return null;
  }
}

/** Takes up a run whose agent died in the middle of a turn. */
export function restartPrompt(run: string, epoch: number): NewPrompt {
  return {
    id: `restart-${run}-${epoch}`,
    text: "Your process was ended in the middle of your turn (the workstation was restarted). Your files and your session are still there. Look at where things stand and continue with what you were asked.",
    source: "platform",
    hold: null,
  };
}

const RESUMED = {
  rate_limited:
    "The model's provider stopped your turn (a limit, or it could not be reached). That has passed.",
  needs_auth: "The model provider did not accept the credential; a person has renewed it.",
  over_budget: "Your budget was used up, which stopped your turn; there is room again.",
} as const;

/** Takes up a run that waited for its provider, or for money. */
export function resumePrompt(run: string, epoch: number, why: keyof typeof RESUMED): NewPrompt {
  return {
    id: `resume-${run}-${epoch}`,
    text: `${RESUMED[why]} Continue with what you were asked, from where you stopped.`,
    source: "platform",
    hold: null,
  };
}

/** Said to an agent that makes no progress. It hears it when its turn is over, or was ended. */
export function nudgePrompt(run: string, number: number, why: string): NewPrompt {
  return {
    id: `stall-nudge-${run}-${number}`,
    text: `Your task seems to stand still (${why}). If you are done, say so with job_result and end your turn. If you are stuck, ask with ask_human and end your turn. Otherwise change your approach: what you tried so far has brought nothing new.`,
    source: "platform",
    hold: null,
  };
}

/** Takes up a run whose agent was ended because it stood still. */
export function stallRestartPrompt(run: string, number: number): NewPrompt {
  return {
    id: `stall-restart-${run}-${number}`,
    text: "Your process was ended because nothing new came of your turn for a long time. Your files and your session are still there. Look at where things stand, and go on in another way: what you did last led nowhere.",
    source: "platform",
    hold: null,
  };
}

const FRESH = "stall-fresh-";
const TAKE_OVER = "fallback-";

interface HandOver {
  asked: readonly string[];
  files: readonly string[];
}

/** Begins anew in a fresh session, which knows nothing but this. */
export function freshPrompt(run: string, number: number, handOver: HandOver, lastWords: string): NewPrompt {
  return {
    id: `${FRESH}${run}-${number}`,
    text: handOverWords(
      "You take over a task on which another session stood still.",
      handOver,
      lastWords,
      "do the task in your own way",
    ),
    source: "platform",
    hold: null,
  };
}

/** Begins anew with another provider; `why` the one before could not go on, as a sentence. */
export function takeOverPrompt(
  run: string,
  epoch: number,
  why: string,
  handOver: HandOver,
  lastWords: string,
): NewPrompt {
  return {
    id: `${TAKE_OVER}${run}-${epoch}`,
    text: handOverWords(
      `You take over a task from another session. ${why}`,
      handOver,
      lastWords,
      "go on from there",
    ),
    source: "platform",
    hold: null,
  };
}

function handOverWords(begin: string, { asked, files }: HandOver, lastWords: string, then: string): string {
  const changed =
    files.length === 0 ? "" : `\n\nFiles that were changed:\n${files.map((file) => `- ${file}`).join("\n")}`;
  const said =
    lastWords.trim() === ""
      ? ""
      : `\n\nThe last that was said by the one before you:\n\n${lastWords.trim().slice(-4_000)}`;
  return `${begin} The files are as it left them.\n\nWhat was asked:\n\n${asked.join("\n\n")}${changed}${said}\n\nLook at where things stand, then ${then}.`;
}

/** Whether a prompt begins a session of its own. */
export function isFresh(prompt: string): boolean {
  return prompt.startsWith(FRESH) || prompt.startsWith(TAKE_OVER);
}

export function wrapUpId(run: string, night: string): string {
  return `wrap-up-${run}-${night}`;
}

/** Asks for an orderly end before the night's window closes. */
export function wrapUpPrompt(run: string, night: string): NewPrompt {
  return {
    id: wrapUpId(run, night),
    text: "The night's window is about to close. If your task is done, say so with job_result. Otherwise leave your files in order, write down where you are, and end your turn: you will be resumed in the next night.",
    source: "platform",
    hold: null,
  };
}

/** Asks for what the job expects, once. */
export function resultNudge(run: string, expects: "branch" | "pull_request" | "result"): NewPrompt {
  const missing = {
    branch: "This task is to end with a pushed branch, and the gate has seen no push of it.",
    pull_request: "This task is to end with a pull request, and the gate has seen none of it.",
    result: "This task is to end with a result, and you have not said one.",
  }[expects];
  return {
    id: `result-nudge-${run}`,
    text: `${missing} Do what is missing. If it cannot be done, say so with job_result (status failed or partial, and why), or ask with ask_human. Then end your turn.`,
    source: "platform",
    hold: null,
  };
}
