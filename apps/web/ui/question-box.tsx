"use client";
/** A question with the answers that it offers, and room for any other; or how it was answered. Its words are text, whatever they look like. */
import { CircleHelp, MessageSquare } from "lucide-react";
import { type ReactNode, useId } from "react";
import { Button } from "./button.tsx";
import { classes } from "./classes.ts";
import { onEnter } from "./on-enter.ts";
import { ProblemNotice } from "./problem-notice.tsx";
import type { QuestionView } from "./question-view.ts";
import { Time } from "./time.tsx";
import { visibleText } from "./visible-text.ts";

interface Answering {
  draft: string;
  setDraft: (text: string) => void;
  send: (answer: string) => void;
  busy: boolean;
  problem: string | null;
}

/** `answering` is null for somebody who may not answer. `children` stand beside the question, such as a link to its task. */
export function QuestionBox({
  question,
  answering,
  children,
}: {
  question: QuestionView;
  answering: Answering | null;
  children?: ReactNode;
}): ReactNode {
  const open = question.kind === "question" && question.answer === null && question.closed === null;
  const Icon = question.kind === "note" ? MessageSquare : CircleHelp;
  return (
    <article
      aria-label={question.kind === "note" ? "Note" : "Question"}
      className={classes("px-4 py-3.5", open && "bg-warn-ground")}
    >
      <div className="flex items-start gap-2.5">
        <Icon
          aria-hidden="true"
          className={classes("mt-0.5 size-4 shrink-0", open ? "text-warn" : "text-faint")}
        />
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-x-2 text-sm text-muted">
            <span>{speaker(question)}</span>
            <Time at={question.createdAt} />
            {question.urgent ? <span className="font-semibold text-bad">urgent</span> : null}
            {open && question.deadline !== null ? (
              <span>
                the answer is no <Time at={question.deadline} />
              </span>
            ) : null}
            {children}
          </p>
          <p className="anywhere mt-1 whitespace-pre-wrap">{visibleText(question.text)}</p>
          {open ? answering && <AnswerForm question={question} answering={answering} /> : null}
          <Outcome question={question} />
        </div>
      </div>
    </article>
  );
}

function speaker(question: QuestionView): string {
  if (question.from === "nightgate") return "Nightgate asks";
  const where = question.workstation === "" ? "" : ` on ${question.workstation}`;
  return question.kind === "note" ? `The agent${where} says` : `The agent${where} asks`;
}

function Outcome({ question }: { question: QuestionView }): ReactNode {
  if (question.answer !== null)
    return (
      <p className="anywhere mt-2 text-sm text-muted">
        Answered{question.answeredBy === null ? "" : ` by ${visibleText(question.answeredBy)}`}:{" "}
        <span className="whitespace-pre-wrap text-ink">{visibleText(question.answer)}</span>
      </p>
    );
  return question.closed === null ? null : <p className="mt-2 text-sm text-muted">{question.closed}</p>;
}

function AnswerForm({ question, answering }: { question: QuestionView; answering: Answering }): ReactNode {
  const id = useId();
  const { draft, setDraft, send, busy, problem } = answering;
  return (
    <form
      className="mt-3"
      onSubmit={(event) => {
        event.preventDefault();
        send(draft);
      }}
    >
      <ProblemNotice problem={problem} className="mb-2" />
      {question.choices.length === 0 ? null : (
        <div role="group" aria-label="Answers" className="mb-2 flex flex-wrap gap-2">
          {question.choices.map((choice) => (
            <Button
              key={choice}
              size="small"
              disabled={busy}
              onClick={() => send(choice)}
              className="h-auto! min-h-7 max-w-full shrink! py-1 text-left whitespace-normal! max-md:min-h-11"
            >
              <span className="anywhere">{visibleText(choice)}</span>
            </Button>
          ))}
        </div>
      )}
      <div className="flex items-end gap-2">
        <label htmlFor={id} className="sr-only">
          Your answer
        </label>
        <textarea
          id={id}
          rows={1}
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={(event) => onEnter(event, () => send(draft))}
          placeholder={question.choices.length === 0 ? "Your answer…" : "Or in other words…"}
          className="field-sizing-content max-h-40 min-h-9 min-w-0 flex-1 resize-none rounded-md border border-line-strong bg-surface px-3 py-1.5 outline-none placeholder:text-faint focus:border-accent max-md:min-h-11 max-md:py-2.5 max-md:text-md"
        />
        <Button type="submit" kind="primary" disabled={busy || draft.trim() === ""}>
          {busy ? "Sending…" : "Answer"}
        </Button>
      </div>
    </form>
  );
}
