"use client";
/** A question where it was asked, with room for its answer. */
import type { ReactNode } from "react";
import { useAnswer } from "../../../browser/use-answer.ts";
import { QuestionBox } from "../../../ui/question-box.tsx";
import type { QuestionView } from "../../../ui/question-view.ts";

export function QuestionRow({
  question,
  mayAnswer,
}: {
  question: QuestionView;
  mayAnswer: boolean;
}): ReactNode {
  const answering = useAnswer(question.id);
  return (
    <div className="my-2 overflow-hidden rounded-md border border-line bg-surface">
      <QuestionBox question={question} answering={mayAnswer ? answering : null} />
    </div>
  );
}
