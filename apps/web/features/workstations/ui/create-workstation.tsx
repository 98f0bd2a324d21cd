"use client";
/** A name and a size; everything else about a workstation is decided by the provisioner's one specification. */
import { type ReactNode, useState } from "react";
import { useCreateWorkstation } from "../../../browser/use-create-workstation.ts";
import { TextField } from "../../../ui/field.tsx";
import { FormEnd } from "../../../ui/form-end.tsx";
import { Picker } from "../../../ui/picker.tsx";
import { WORKSTATION_MEMORY_GIB } from "../schema.ts";

const NAMES = ["atlas", "borealis", "cygnus", "draco", "electra", "fornax"];
const CPUS = [1, 2, 4, 8].map((count) => ({ value: String(count), text: `${count} CPU` }));
const MEMORY = WORKSTATION_MEMORY_GIB.map((size) => ({ value: String(size), text: `${size} GB memory` }));
const GIB = 1024 ** 3;

interface Props {
  taken: string[];
  onCreated: () => void;
  onCancel: () => void;
}

export function CreateWorkstation({ taken, onCreated, onCancel }: Props): ReactNode {
  const { create, sending, problem } = useCreateWorkstation(onCreated);
  const [name, setName] = useState(() => NAMES.find((candidate) => !taken.includes(candidate)) ?? "");
  const [cpus, setCpus] = useState("2");
  const [memory, setMemory] = useState("4");
  return (
    <form
      className="mt-4 space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        create({ name, cpus: Number(cpus), memoryBytes: Number(memory) * GIB });
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
        <Picker label="Processors" value={cpus} onChange={setCpus} options={CPUS} />
        <Picker label="Memory" value={memory} onChange={setMemory} options={MEMORY} />
      </div>
      <FormEnd
        problem={problem}
        busy={sending}
        does="Create workstation"
        doing="Creating…"
        onCancel={onCancel}
      />
    </form>
  );
}
