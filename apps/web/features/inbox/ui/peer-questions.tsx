"use client";
/** The questions of agents to people, beside what agents ask each other. */
import type { ReactNode } from "react";
import { Card, Section } from "../../../ui/page.tsx";
import type { QuestionView } from "../../../ui/question-view.ts";
import { QuestionLine } from "./question-line.tsx";

export function PeerQuestions({
  questions,
  mayAnswer,
}: {
  questions: QuestionView[];
  mayAnswer: boolean;
}): ReactNode {
  if (questions.length === 0) return null;
  return (
    <Section title="Asked of people" count={questions.length}>
      <Card>
        {questions.map((question) => (
          <QuestionLine key={question.id} question={question} mayAnswer={mayAnswer} />
        ))}
      </Card>
    </Section>
  );
}
