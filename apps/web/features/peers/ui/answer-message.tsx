"use client";
/** A person answers a question between agents in the peer's place, or says that there is no answer. */
import { type ReactNode, useId } from "react";
import { useDraft } from "../../../browser/use-draft.ts";
import { useVerb } from "../../../browser/use-verb.ts";
import { Button } from "../../../ui/button.tsx";
import { onEnter } from "../../../ui/on-enter.ts";
import { Section } from "../../../ui/page.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { MessageView } from "../present.ts";

export function AnswerMessage({ message }: { message: MessageView }): ReactNode {
  const id = useId();
  const [draft, setDraft] = useDraft(`peer-answer.${message.id}`);
  const { call, busy, problem } = useVerb();
  const isEmpty = draft.trim() === "";
  const send = (refuse: boolean): void => {
    if (isEmpty || busy) return;
    const words = { correlation_id: message.id, message: draft.trim(), refuse };
    call("answer", words, () => setDraft(""));
  };
  return (
    <Section title={`Answer in place of ${visibleText(message.to.name)}`}>
      <form
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          send(false);
        }}
      >
        <ProblemNotice problem={problem} />
        <label htmlFor={id} className="sr-only">
          Your answer
        </label>
        <textarea
          id={id}
          rows={2}
          value={draft}
          maxLength={20_000}
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={(event) => onEnter(event, () => send(false))}
          placeholder="The first answer counts. The one who asked hears it as yours…"
          className="field-sizing-content block max-h-60 min-h-16 w-full resize-none rounded-md border border-line-strong bg-surface px-3 py-2 outline-none placeholder:text-faint focus:border-accent max-md:text-md"
        />
        <div className="flex flex-wrap justify-end gap-2">
          <Button kind="quiet" disabled={busy || isEmpty} onClick={() => send(true)}>
            Say why there is no answer
          </Button>
          <Button type="submit" kind="primary" disabled={busy || isEmpty}>
            {busy ? "Sending…" : "Answer"}
          </Button>
        </div>
      </form>
    </Section>
  );
}
