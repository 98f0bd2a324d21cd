"use client";
/** Writing a memory down, or putting one right. */
import { MEMORY_KINDS } from "@nightgate/shared/verbs/memory-verbs";
import { type ReactNode, useId, useState } from "react";
import { useVerb } from "../../../browser/use-verb.ts";
import { TextField } from "../../../ui/field.tsx";
import { FormEnd } from "../../../ui/form-end.tsx";
import { Modal } from "../../../ui/modal.tsx";
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
      <Words value={text} onChange={setText} />
      <div className="grid gap-3 md:grid-cols-2">
        <Kind value={kind} onChange={setKind} />
        <TextField label="Tags" value={tags} onChange={setTags} />
      </div>
      <FormEnd problem={problem} busy={busy} does="Save" doing="Saving…" onCancel={onClose} />
    </form>
  );
}

function Words({ value, onChange }: { value: string; onChange: (value: string) => void }): ReactNode {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="text-sm font-medium">
        What to remember
      </label>
      <textarea
        id={id}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        required
        maxLength={4_000}
        rows={4}
        className="mt-1 field-sizing-content block max-h-[40vh] min-h-24 w-full resize-none rounded-md border border-line-strong bg-surface px-3 py-2 outline-none focus:border-accent max-md:text-md"
      />
      <p className="mt-1 text-sm text-faint">
        One thing, true without this conversation. Never a secret: many read it.
      </p>
    </div>
  );
}

function Kind({
  value,
  onChange,
}: {
  value: MemoryView["kind"];
  onChange: (kind: MemoryView["kind"]) => void;
}): ReactNode {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="text-sm font-medium">
        Kind
      </label>
      <select
        id={id}
        value={value}
        onChange={(event) => onChange(MEMORY_KINDS.find((kind) => kind === event.target.value) ?? "fact")}
        className="mt-1 block h-9 w-full rounded-md border border-line-strong bg-surface px-3 outline-none focus:border-accent max-md:h-11 max-md:text-md"
      >
        {MEMORY_KINDS.map((kind) => (
          <option key={kind}>{kind}</option>
        ))}
      </select>
    </div>
  );
}
