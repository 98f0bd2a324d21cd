"use client";
import { newId } from "@nightgate/shared/ids";
/** A name and a size; everything else about a workstation is decided by the provisioner's one specification. */
import { useRouter } from "next/navigation";
import { type ReactNode, useRef, useState } from "react";
import { post } from "../../../browser/api.ts";
import { Button } from "../../../ui/button.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { Picker } from "../../../ui/picker.tsx";
import { WORKSTATION_MEMORY_GIB } from "../schema.ts";

const NAMES = ["atlas", "borealis", "cygnus", "draco", "electra", "fornax"];
const CPUS = [1, 2, 4, 8];
const GIB = 1024 ** 3;

export function CreateWorkstation({
  taken,
  onCreated,
  onCancel,
}: {
  taken: string[];
  onCreated: () => void;
  onCancel?: () => void;
}): ReactNode {
  const router = useRouter();
  const [name, setName] = useState(() => NAMES.find((candidate) => !taken.includes(candidate)) ?? "");
  const [cpus, setCpus] = useState("2");
  const [memory, setMemory] = useState("4");
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const id = useRef("");
  const submit = (): void => {
    if (sending) return;
    if (id.current === "") id.current = newId("workstation");
    setSending(true);
    setProblem(null);
    void post("/api/workstations", {
      workstation: id.current,
      name: name.trim(),
      cpus: Number(cpus),
      memoryBytes: Number(memory) * GIB,
    }).then((answer) => {
      setSending(false);
      if (!answer.ok) return setProblem(answer.words);
      onCreated();
      router.refresh();
    });
  };
  return (
    <form
      className="mt-4 space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        hint="a-z, 0-9 and -; it is the machine's host name"
        pattern="[a-z][a-z0-9\-]{0,30}"
        required
      />
      <div className="flex flex-wrap items-center gap-2">
        <Picker
          label="Processors"
          value={cpus}
          onChange={setCpus}
          options={CPUS.map((count) => ({ value: String(count), text: `${count} CPU` }))}
        />
        <Picker
          label="Memory"
          value={memory}
          onChange={setMemory}
          options={WORKSTATION_MEMORY_GIB.map((size) => ({ value: String(size), text: `${size} GB memory` }))}
        />
      </div>
      {problem === null ? null : (
        <Notice tone="bad" role="alert">
          {problem}
        </Notice>
      )}
      <div className="flex justify-end gap-2">
        {onCancel === undefined ? null : (
          <Button kind="quiet" onClick={onCancel}>
            Not now
          </Button>
        )}
        <Button type="submit" kind="primary" disabled={sending}>
          {sending ? "Creating…" : "Create workstation"}
        </Button>
      </div>
    </form>
  );
}
