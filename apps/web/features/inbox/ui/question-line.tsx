"use client";
/** A question of the inbox: answered here, or looked at in its task. */
import Link from "next/link";
import type { ReactNode } from "react";
import { useAnswer } from "../../../browser/use-answer.ts";
import { QuestionBox } from "../../../ui/question-box.tsx";
import type { QuestionView } from "../../../ui/question-view.ts";

export function QuestionLine({
  question,
  mayAnswer,
}: {
  question: QuestionView;
  mayAnswer: boolean;
}): ReactNode {
  const answering = useAnswer(question.id);
  return (
    <QuestionBox question={question} answering={mayAnswer ? answering : null}>
      {question.job === null ? null : (
        <Link href={`/jobs/${question.job}`} className="font-medium text-accent-text hover:underline">
          Open task
        </Link>
      )}
    </QuestionBox>
  );
}
