/** What ends or parks a run that is at work although its agent goes on: its budget, the night's budget, the night's end. It is parked, never killed: its turn is interrupted, and its session stays. */
import { sayDollars } from "@nightgate/shared/model-prices";
import { STOP_CHOICE } from "./questions.ts";
import { type Decision, move, NOTHING, type RunSnapshot } from "./snapshot.ts";
import { isGone } from "./turn.ts";
import { type NewPrompt, wrapUpId, wrapUpPrompt } from "./words.ts";

/** How much of a budget one answer adds, and at least. */
const EXTEND_SHARE = 0.5;

/** What the limits ask for now; `nothing` while the run may go on. */
export function decideLimits(snapshot: RunSnapshot): Decision {
  const over = overBudget(snapshot);
  if (over !== null) return park(snapshot, () => askForMore(snapshot, over));
  const { night, run } = snapshot;
  if (night === null) return NOTHING;
  if (night.over !== null) return park(snapshot, () => waitForNight(snapshot));
  if (run.anyTime || night.state === "open") return NOTHING;
  if (night.state === "closed" || isWrappedUp(snapshot)) return park(snapshot, () => waitForNight(snapshot));
  const wrapUp = wrapUpPrompt(run.id, night.name);
  const isAsked = snapshot.prompts.some(({ id }) => id === wrapUp.id);
  return isAsked || !isInTurn(snapshot)
    ? NOTHING
    : { kind: "tell", prompts: [wrapUp], marks: [nightMark(snapshot, "wrap-up")] };
}

interface Over {
  what: "dollars" | "work";
  /** What was gone over, and how far. */
  said: string;
  extend: number;
  extendSaid: string;
}

function overBudget({ run, spentDollars }: RunSnapshot): Over | null {
  const { dollars, workMs } = run.budget;
  if (dollars !== null && spentDollars !== null && spentDollars >= dollars) {
    const extend = Math.max(1, Math.ceil(dollars * EXTEND_SHARE));
    const said = `${whoseBudget(run)}: ${sayDollars(spentDollars)} of ${sayDollars(dollars)}`;
    return { what: "dollars", said: said + promisedWords(run), extend, extendSaid: sayDollars(extend) };
  }
  if (workMs !== null && run.workedMs >= workMs) {
    const extend = Math.max(10, Math.ceil((workMs * EXTEND_SHARE) / 60_000));
    const said = `its budget: ${Math.round(run.workedMs / 60_000)} minutes of work of ${Math.round(workMs / 60_000)} minutes`;
    return { what: "work", said, extend, extendSaid: `${extend} minutes` };
  }
  return null;
}

function whoseBudget({ id, budget }: RunSnapshot["run"]): string {
  return budget.holder === undefined || budget.holder === id
    ? "its budget"
    : "the budget of the task that has caused it, and that it shares";
}

function promisedWords({ budget: { promised = 0 } }: RunSnapshot["run"]): string {
  return promised > 0 ? `, ${sayDollars(promised)} of it promised to tasks that have not ended` : "";
}

function askForMore({ run }: RunSnapshot, over: Over): Decision {
  const { holder } = run.budget;
  const text = `The task went over ${over.said}. It is parked as it is. Extend it by ${over.extendSaid}?`;
  return move("awaiting_input", {
    error: text,
    resend: true,
    asks: [
      {
        purpose: "budget",
        text,
        choices: [`Extend by ${over.extendSaid}`, STOP_CHOICE],
        detail: {
          what: over.what,
          extend: over.extend,
          ...(over.what === "dollars" && holder !== undefined && { holder }),
        },
        deadline: null,
      },
    ],
    marks: [{ id: `budget-${run.epoch}-parked`, kind: "budget", text }],
  });
}

/** Its next prompt waits with it in the queue, which lets nothing of this organization begin until the next night. */
function waitForNight(snapshot: RunSnapshot): Decision {
  const { run, night } = snapshot;
  const next: NewPrompt = {
    id: `night-${run.id}-${night?.name ?? ""}-${run.epoch}`,
    text: "The night was over before you were done; your task was parked as it was. It may go on now. Look at where things stand and continue where you stopped.",
    source: "platform",
    hold: null,
  };
  return move("queued", { prompts: [next], resend: true, marks: [nightMark(snapshot, "parked")] });
}

function nightMark(
  { night, run }: RunSnapshot,
  what: "wrap-up" | "parked",
): { id: string; kind: "night"; text: string } {
  const why =
    night?.over == null
      ? "The night's window is about to close."
      : `The night has cost ${sayDollars(night.over.spent)} of ${sayDollars(night.over.limit)}.`;
  const then =
    what === "wrap-up" ? "The agent is asked to wrap up." : "The run waits in the queue until it may go on.";
  return { id: `night-${night?.name ?? ""}-${what}-${run.epoch}`, kind: "night", text: `${why} ${then}` };
}

/** Ends the turn that is under way, and parks the run when it is over. What it ended with by itself counts. */
function park(snapshot: RunSnapshot, parked: () => Decision): Decision {
  const next = nextTurn(snapshot);
  // It is ended when it has begun.
  if (next === "begins") return NOTHING;
  if (next === "waits" || isCut(snapshot) || isWrappedUp(snapshot) || isRefused(snapshot)) return parked();
  const { last, agentd } = snapshot;
  if (last?.body.kind !== "prompt" || agentd?.caughtUp !== true) return NOTHING;
  if (isGone(agentd)) return parked();
  return { kind: "act", command: "interrupt", id: `cut-${last.body.prompt}`.slice(0, 64), prompts: [] };
}

/** Whether a turn is still to come: one that begins by itself, or one that waits to be sent. */
function nextTurn({ agentd, prompts }: RunSnapshot): "none" | "begins" | "waits" {
  const latest = prompts.at(-1);
  if (latest === undefined || latest.begun) return "none";
  const isLive = agentd === null || !isGone(agentd);
  if (latest.sent) return isLive ? "begins" : "none";
  return "waits";
}

function isCut({ last }: RunSnapshot): boolean {
  return last?.body.kind === "turn.ended" && last.body.stopReason === "cancelled";
}

/** Its turn failed because the gate passes none of its calls on any more: nobody has to put a credential right. */
function isRefused({ last, modelCall }: RunSnapshot): boolean {
  return last?.body.kind === "turn.failed" && modelCall?.overBudget === true;
}

function isInTurn({ last }: RunSnapshot): boolean {
  return last?.body.kind === "prompt";
}

/** It was asked to wrap up, and has ended that turn without saying that it is done. */
function isWrappedUp({ run, last, night, claim }: RunSnapshot): boolean {
  if (night === null || last?.body.kind !== "turn.ended" || claim !== null) return false;
  return last.body.prompt === wrapUpId(run.id, night.name);
}
