"use client";
/** The answer to one question, from its draft to the runner. */
import { useDraft } from "./use-draft.ts";
import { useVerb } from "./use-verb.ts";

export interface Answering {
  draft: string;
  setDraft: (text: string) => void;
  send: (answer: string) => void;
  busy: boolean;
  problem: string | null;
}

export function useAnswer(question: string): Answering {
  const [draft, setDraft] = useDraft(`answer.${question}`);
  const { call, busy, problem } = useVerb();
  const send = (answer: string): void => {
    const words = answer.trim();
    if (words !== "") call("question_answer", { question, answer: words }, () => setDraft(""));
  };
  return { draft, setDraft, send, busy, problem };
}
