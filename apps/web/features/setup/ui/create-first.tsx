"use client";
import { newId } from "@nightgate/shared/ids";
/** The first workstation: a name suffices. */
import { useRouter } from "next/navigation";
import { type ReactNode, useRef, useState } from "react";
import { post } from "../../../browser/api.ts";
import { Button } from "../../../ui/button.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/notice.tsx";

export function CreateFirst(): ReactNode {
  const router = useRouter();
  const [name, setName] = useState("atlas");
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const id = useRef("");
  const submit = (): void => {
    if (sending) return;
    if (id.current === "") id.current = newId("workstation");
    setSending(true);
    setProblem(null);
    void post("/api/workstations", { workstation: id.current, name: name.trim() }).then((answer) => {
      setSending(false);
      if (answer.ok) router.refresh();
      else setProblem(answer.words);
    });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
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
      {problem === null ? null : (
        <div className="mt-3">
          <Notice tone="bad" role="alert">
            {problem}
          </Notice>
        </div>
      )}
    </form>
  );
}
