"use client";
import { useRouter } from "next/navigation";
import { type ReactNode, useId, useState } from "react";
import { useDraft } from "../../../browser/use-draft.ts";
import { useVerb } from "../../../browser/use-verb.ts";
import { FormEnd } from "../../../ui/form-end.tsx";
import { Modal } from "../../../ui/modal.tsx";
import { SelectField } from "../../../ui/select-field.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import { WordsField } from "../../../ui/words-field.tsx";
import type { PeerView } from "../queries.ts";
/** A person asks an agent, or tells it something: the same as `nightgate peer ask` and `nightgate peer notify`. */
import { askedMessage, toldMessage } from "../sent.ts";

interface Props {
  peers: PeerView[];
  onClose: () => void;
}

export function WriteMessage({ open, ...props }: Props & { open: boolean }): ReactNode {
  return (
    <Modal open={open} onClose={props.onClose} label="Write to an agent" className="m-auto">
      <Form {...props} />
    </Modal>
  );
}

function Form({ peers, onClose }: Props): ReactNode {
  const id = useId();
  const router = useRouter();
  const { call, busy, problem } = useVerb();
  const [peer, setPeer] = useState(peers[0]?.name ?? "");
  const [asks, setAsks] = useState(true);
  const [wake, setWake] = useState(false);
  const [draft, setDraft] = useDraft("peer-message");
  const submit = (): void => {
    const done = (message: string): void => {
      setDraft("");
      onClose();
      router.push(`/peers/${message}`);
    };
    if (asks) call("ask", { peer_name: peer, query: draft }, (result) => done(askedMessage(result)));
    else
      call("notify_peer", { peer_name: peer, message: draft, wake }, (result) => done(toldMessage(result)));
  };
  return (
    <form
      className="space-y-4 p-6"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <h2 className="text-md font-semibold">Write to an agent</h2>
      <SelectField label="Whom" value={peer} onChange={setPeer} options={peers.flatMap(choicesOf)} />
      <fieldset className="flex flex-wrap gap-x-6 gap-y-2">
        <legend className="sr-only">What is expected</legend>
        <Choice name={id} checked={asks} onChoose={() => setAsks(true)} text="Ask: it answers" />
        <Choice
          name={id}
          checked={!asks}
          onChoose={() => setAsks(false)}
          text="Tell: no answer is expected"
        />
      </fieldset>
      <WordsField
        label={asks ? "The question" : "What it should know"}
        value={draft}
        onChange={setDraft}
        hint={
          asks
            ? "With all that it needs to know. Where nobody is at work, a run begins. It has an hour."
            : "It is told in its next turn, or when its next run begins, within a day."
        }
        maxLength={20_000}
      />
      {asks ? null : (
        <label className="flex items-center gap-2 text-sm max-md:min-h-11">
          <input
            type="checkbox"
            checked={wake}
            onChange={(event) => setWake(event.target.checked)}
            className="size-4 accent-accent"
          />
          Begin a run if nobody is at work there
        </label>
      )}
      <FormEnd
        problem={problem}
        busy={busy}
        does={asks ? "Ask" : "Tell"}
        doing="Sending…"
        onCancel={onClose}
      />
    </form>
  );
}

/** The workstation, and each task that goes on there. */
function choicesOf({ name, tasks }: PeerView): (readonly [value: string, text: string])[] {
  return [
    [name, `${name}: whoever is at work there`],
    ...tasks.map(
      (task) => [task.job, `${name}, ${task.agent}: ${visibleText(task.title)}`.slice(0, 120)] as const,
    ),
  ];
}

function Choice({
  name,
  checked,
  onChoose,
  text,
}: {
  name: string;
  checked: boolean;
  onChoose: () => void;
  text: string;
}): ReactNode {
  return (
    <label className="flex items-center gap-2 text-sm max-md:min-h-11">
      <input
        type="radio"
        name={name}
        checked={checked}
        onChange={onChoose}
        className="size-4 accent-accent"
      />
      {text}
    </label>
  );
}
