"use client";
/** Writing a memory down, or putting one right. */
import { MEMORY_KINDS } from "@nightgate/shared/verbs/memory-verbs";
import { type ReactNode, useState } from "react";
import { useVerb } from "../../../browser/use-verb.ts";
import { TextField } from "../../../ui/field.tsx";
import { FormEnd } from "../../../ui/form-end.tsx";
import { Modal } from "../../../ui/modal.tsx";
import { SelectField } from "../../../ui/select-field.tsx";
import { WordsField } from "../../../ui/words-field.tsx";
import type { MemoryView } from "../present.ts";

interface Props {
  /** Null writes a new one. */
  memory: MemoryView | null;
  onClose: () => void;
  onWritten: () => void;
}

export function WriteMemory({ open, ...props }: Props & { open: boolean }): ReactNode {
  const title = props.memory === null ? "Write something down" : `Edit ${props.memory.slug}`;
  return (
    <Modal open={open} onClose={props.onClose} label={title} className="m-auto">
      <Form title={title} {...props} />
    </Modal>
  );
}

function Form({ title, memory, onClose, onWritten }: Props & { title: string }): ReactNode {
  const { call, busy, problem } = useVerb();
  const [slug, setSlug] = useState(memory?.slug ?? "");
  const [text, setText] = useState(memory?.text ?? "");
  const [kind, setKind] = useState<MemoryView["kind"]>(memory?.kind ?? "fact");
  const [tags, setTags] = useState(memory?.tags.join(" ") ?? "");
  const submit = (): void => {
    const words = tags.split(/[\s,]+/).filter((tag) => tag !== "");
    call(
      "memory_write",
      { slug, text, kind, tags: words, scope: memory?.scope ?? "organization" },
      onWritten,
    );
  };
  return (
    <form
      className="space-y-4 p-6"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <h2 className="anywhere text-md font-semibold">{title}</h2>
      {memory === null ? (
        <TextField
          label="Name"
          value={slug}
          onChange={setSlug}
          hint="Small letters, digits and hyphens, such as flaky-auth-test. The same name again replaces it."
          pattern="[a-z0-9]([a-z0-9\-]{0,78}[a-z0-9])?"
          required
          autoFocus
        />
      ) : null}
      <WordsField
        label="What to remember"
        value={text}
        onChange={setText}
        hint="One thing, true without this conversation. Never a secret: many read it."
        maxLength={4_000}
      />
      <div className="grid gap-3 md:grid-cols-2">
        <SelectField
          label="Kind"
          value={kind}
          onChange={(next) => setKind(MEMORY_KINDS.find((each) => each === next) ?? "fact")}
          options={MEMORY_KINDS.map((each) => [each, each] as const)}
        />
        <TextField label="Tags" value={tags} onChange={setTags} />
      </div>
      <FormEnd problem={problem} busy={busy} does="Save" doing="Saving…" onCancel={onClose} />
    </form>
  );
}
