/** What the platform says to an agent, and the ids that make it say each thing once. */
import type { HoldState } from "@nightgate/shared/hold-states";

export interface NewPrompt {
  /** Primary key of jobs.prompts: the same id is never said twice. */
  id: string;
  text: string;
  source: "person" | "decision" | "platform";
  hold: string | null;
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

/** Takes up a run that waited for its provider. */
export function resumePrompt(run: string, epoch: number, why: "rate_limited" | "needs_auth"): NewPrompt {
  const reason =
    why === "rate_limited"
      ? "The model provider's limit stopped your turn; it has passed."
      : "The model provider did not accept the credential; a person has renewed it.";
  return {
    id: `resume-${run}-${epoch}`,
    text: `${reason} Continue with what you were asked, from where you stopped.`,
    source: "platform",
    hold: null,
  };
}
