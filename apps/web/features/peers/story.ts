/** The way of one message as sentences, in order, with what comes next while it is open. Pure. */
import type { Tone } from "../../ui/task-states.ts";
import { type MessageRow, type MessageView, type PartyView } from "./present.ts";

export interface StepView {
  key: string;
  at: number;
  what: string;
  tone: Tone;
  /** What was said with it, in somebody else's words. */
  words: string;
  /** The task of the run that it is about. */
  task: { id: string; title: string } | null;
}

export interface StageRow {
  number: number;
  stage: string;
  words: string;
  at: Date;
  job: string | null;
  title: string | null;
}

interface Told {
  what: string;
  tone?: Tone;
  /** The run that the stage names is where it happened, and worth a link. */
  linked?: boolean;
}

type Message = Pick<MessageView, "kind" | "from" | "to" | "text">;

/** `stages` in the order in which they happened. */
export function storyOf(
  message: Message,
  row: Pick<MessageRow, "answer_is_last_words">,
  stages: readonly StageRow[],
): StepView[] {
  return stages.map((stage, index) => {
    const { what, tone = "neutral", linked = false } = tellStage(stage, message, row.answer_is_last_words);
    return {
      key: `${stage.number} ${stage.stage} ${index}`,
      at: stage.at.getTime(),
      what,
      tone,
      words: wordsOf(stage, message),
      task: linked && stage.job !== null ? { id: stage.job, title: stage.title ?? stage.job } : null,
    };
  });
}

/** Why a message has expired is in the sentence already. */
function wordsOf({ stage, words }: StageRow, { text }: Message): string {
  if (stage === "written") return text;
  return stage === "expired" ? "" : words;
}

function tellStage({ stage, job }: StageRow, { kind, from, to }: Message, lastWords: boolean): Told {
  switch (stage) {
    case "written":
      return { what: `${from.name} ${kind === "ask" ? "asks" : "tells"} ${to.name}`, tone: "accent" };
    case "handed to a run":
      return { what: "Handed to the task that goes on there", linked: true };
    case "run begun for it":
      return { what: "Nobody was at work there: a run is begun for it", linked: true };
    case "delivered":
      return { what: "The workstation has it" };
    case "heard":
      return { what: "The agent reads it", linked: true };
    case "acknowledged":
      return { what: `${to.name} is working on it`, tone: "accent" };
    case "its run ended first":
      return {
        what: "That run ended before it was heard; whoever is there next will hear it",
        tone: "warn",
        linked: true,
      };
    case "its run is tried again":
      return { what: "That run is tried again and hears it then", tone: "warn", linked: true };
    case "told as a prompt":
      return { what: `${askerName(kind, from, to)} is told, as its next prompt` };
    case "told to the one who waited":
      return { what: `${askerName(kind, from, to)} waited for it and is told` };
    default:
      return tellEnd(stage, { kind, to, from }, { lastWords, byRun: job !== null });
  }
}

function tellEnd(
  stage: string,
  { kind, to, from }: Omit<Message, "text">,
  { lastWords, byRun }: { lastWords: boolean; byRun: boolean },
): Told {
  switch (stage) {
    case "answered":
      if (kind === "watch") return { what: `${from.name} has ended`, tone: "good", linked: true };
      return lastWords
        ? {
            what: `${to.name} ended its work without saying answer; its last words count as one`,
            tone: "good",
            linked: true,
          }
        : { what: byRun ? `${to.name} answers` : "It is answered", tone: "good", linked: true };
    case "refused":
      return { what: kind === "ask" ? "There is no answer" : "It could not be told", tone: "bad" };
    case "expired":
      return {
        what: kind === "ask" ? "Nobody has answered in time" : "Nobody was there to hear it in time",
        tone: "warn",
      };
    default:
      return { what: stage };
  }
}

/** Who asked, or made the job that has ended. */
function askerName(kind: Message["kind"], from: PartyView, to: PartyView): string {
  return kind === "watch" ? to.name : from.name;
}

/** What happens next, as a sentence; null where nothing does. */
export function whatIsNext(
  { kind, open, to }: Pick<MessageView, "kind" | "open" | "to">,
  row: Pick<MessageRow, "state" | "to_run_id" | "told_at" | "from_ended" | "answer">,
): string | null {
  if (!open) {
    const tells = (kind === "ask" || kind === "watch") && row.told_at === null && row.from_ended === false;
    return tells ? "The one who asked hears it when its turn is over." : null;
  }
  if (row.state === "delivered" || row.state === "acknowledged")
    return `${to.name} has it. An answer is awaited.`;
  return row.to_run_id === null
    ? `Nobody has it yet: it is handed over when an agent is at work on ${to.name}.`
    : "It is said in the agent’s next turn.";
}
