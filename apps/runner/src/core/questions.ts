/** Questions to people: when one is told to its agent, as what, and when nobody will answer any more. */
import type { NewPrompt } from "./words.ts";

export type QuestionPurpose = "agent" | "question" | "result" | "stalled" | "budget" | "night" | "repeats";

export interface QuestionSeen {
  id: string;
  purpose: QuestionPurpose;
  text: string;
  deadline: Date | null;
  /** Null while nobody has answered. */
  answer: string | null;
  answeredBy: string | null;
  /** The agent was told the answer, or it was closed without one. */
  isDone: boolean;
}

export interface NewQuestion {
  purpose: QuestionPurpose;
  text: string;
  choices: string[];
  detail?: Record<string, string | number>;
  deadline: Date | null;
}

/** Answers that end the run. */
export const STOP_CHOICE = "Stop it";
export const GO_ON_CHOICE = "Try again";

/** Whether somebody may still answer. */
export function isOpen(question: QuestionSeen, now: Date): boolean {
  return !question.isDone && question.answer === null && !isLate(question, now);
}

function isLate({ deadline }: QuestionSeen, now: Date): boolean {
  return deadline !== null && deadline <= now;
}

/** What is to be told now, each answer once, and the questions whose time is over. */
export function answersToTell(
  questions: readonly QuestionSeen[],
  now: Date,
): { prompts: NewPrompt[]; expired: string[] } {
  const due = questions.filter((each) => !each.isDone && (each.answer !== null || isLate(each, now)));
  return {
    prompts: due.map(answerPrompt),
    expired: due.filter(({ answer }) => answer === null).map(({ id }) => id),
  };
}

/** Until the next deadline; null where none is. */
export function nextDeadlineMs(questions: readonly QuestionSeen[], now: Date): number | null {
  const times = questions
    .filter((each) => isOpen(each, now))
    .flatMap(({ deadline }) => (deadline === null ? [] : [deadline.getTime() - now.getTime()]));
  return times.length === 0 ? null : Math.min(...times);
}

function answerPrompt({ id, purpose, text, answer, answeredBy }: QuestionSeen): NewPrompt {
  return {
    id: `answer-${id}`,
    text:
      answer === null
        ? `Nobody answered your question in time, so the answer is no:\n\n> ${quoted(text)}\n\nGo on without it as well as you can, or end your turn with a short account of what is left.`
        : answerWords(purpose, text, answer, answeredBy ?? "A person"),
    source: "person",
    hold: null,
  };
}

function answerWords(purpose: QuestionPurpose, text: string, answer: string, by: string): string {
  if (purpose === "budget")
    return `${by} has extended what this task may use (${answer}). Continue where you stopped.`;
  if (purpose === "stalled")
    return answer === GO_ON_CHOICE
      ? `${by} looked at your task, which had stood still, and asks you to try again. Look at where things stand first.`
      : `Your task had stood still. ${by} says: ${answer}`;
  return `${by} answered your question:\n\n> ${quoted(text)}\n\n${answer}`;
}

function quoted(text: string): string {
  return text.slice(0, 1_000).replaceAll("\n", "\n> ");
}
