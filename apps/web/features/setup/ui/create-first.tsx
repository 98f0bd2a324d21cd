"use client";
/** The first workstation: a name suffices. */
import { type ReactNode, useState } from "react";
import { useCreateWorkstation } from "../../../browser/use-create-workstation.ts";
import { Button } from "../../../ui/button.tsx";
import { TextField } from "../../../ui/field.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";

export function CreateFirst(): ReactNode {
  const { create, sending, problem } = useCreateWorkstation(() => undefined);
  const [name, setName] = useState("atlas");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create({ name });
      }}
    >
      <p className="mb-3 text-muted">
        A Linux machine of its own for your agents: 2 CPU, 4 GB memory, no network. It keeps its files.
      </p>
      <div className="flex flex-wrap items-end gap-2">
        <div className="min-w-0 flex-1 basis-48">
          <TextField label="Name" value={name} onChange={setName} pattern="[a-z][a-z0-9\-]{0,30}" required />
        </div>
        <Button type="submit" kind="primary" disabled={sending}>
          {sending ? "Creating…" : "Create workstation"}
        </Button>
      </div>
      <ProblemNotice problem={problem} className="mt-3" />
    </form>
  );
}
