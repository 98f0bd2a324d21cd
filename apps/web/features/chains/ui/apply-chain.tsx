"use client";
/** A chain's document, written or changed here. What is wrong with it is said with its line and column, and nothing is kept until nothing is. */
import { type ReactNode, useId, useState } from "react";
import { useVerb } from "../../../browser/use-verb.ts";
import { Button } from "../../../ui/button.tsx";
import { Modal } from "../../../ui/modal.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { SelectField } from "../../../ui/select-field.tsx";

interface Props {
  open: boolean;
  title: string;
  document: string;
  /** To choose from where the document names none; empty leaves it as it is. */
  workstations: { id: string; name: string }[];
  onClose: () => void;
}

export function ApplyChain({ open, onClose, ...rest }: Props): ReactNode {
  return (
    <Modal open={open} onClose={onClose} label={rest.title} className="m-auto md:max-w-3xl">
      <ApplyForm {...rest} onClose={onClose} />
    </Modal>
  );
}

function ApplyForm({ title, document, workstations, onClose }: Omit<Props, "open">): ReactNode {
  const { call, busy, problem } = useVerb();
  const [text, setText] = useState(document);
  const [workstation, setWorkstation] = useState(workstations[0]?.id ?? "");
  const id = useId();
  const submit = (): void => {
    const where = workstation === "" ? {} : { workstation };
    call("chain_apply", { document: text, ...where }, onClose);
  };
  return (
    <form
      className="p-4 md:p-6"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <h2 className="text-md font-semibold">{title}</h2>
      <label htmlFor={id} className="mt-4 block text-sm font-medium">
        Document, YAML
      </label>
      <textarea
        id={id}
        value={text}
        onChange={(event) => setText(event.target.value)}
        required
        rows={16}
        spellCheck={false}
        className="mt-1 block max-h-[55vh] w-full resize-y rounded-md border border-line-strong bg-surface px-3 py-2 font-mono text-xs outline-none focus:border-accent"
      />
      {workstations.length === 0 ? null : (
        <div className="mt-3">
          <SelectField
            label="Workstation, where the document names none"
            value={workstation}
            onChange={setWorkstation}
            options={workstations.map((row) => [row.id, row.name] as const)}
          />
        </div>
      )}
      {problem === null ? null : (
        <div className="mt-3">
          <Notice tone="bad" role="alert" title="It was not accepted">
            <span className="whitespace-pre-line">{problem}</span>
          </Notice>
        </div>
      )}
      <div className="mt-4 flex justify-end gap-2">
        <Button kind="quiet" onClick={onClose}>
          Not now
        </Button>
        <Button type="submit" kind="primary" disabled={busy || text.trim() === ""}>
          {busy ? "Checking…" : "Apply"}
        </Button>
      </div>
    </form>
  );
}
