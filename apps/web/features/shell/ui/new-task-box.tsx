"use client";
import { newId } from "@nightgate/shared/ids";
/** The one box for a new task: words, and what they are for. Enter queues it; nothing but the words is mandatory. */
import { CornerDownLeft } from "lucide-react";
import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { post } from "../../../browser/api.ts";
import { readDraft, useDraft } from "../../../browser/use-draft.ts";
import { type TaskChoice, useTaskChoice } from "../../../browser/use-task-choice.ts";
import { Button, ButtonLink } from "../../../ui/button.tsx";
import { Modal } from "../../../ui/modal.tsx";
import { onEnter } from "../../../ui/on-enter.ts";
import { Picker } from "../../../ui/picker.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import type { NewTaskChoice } from "../queries.ts";

const NEW_TASK_DRAFT = "new-task";

export function NewTaskBox({
  open,
  initial,
  choice,
  onClose,
}: {
  open: boolean;
  initial: string;
  choice: NewTaskChoice;
  onClose: () => void;
}): ReactNode {
  return (
    <Modal open={open} onClose={onClose} label="New task" className="mt-[12vh] mb-auto">
      {choice.workstations.length === 0 ? (
        <NoWorkstation onClose={onClose} />
      ) : (
        <NewTaskForm initial={initial} choice={choice} onDone={onClose} />
      )}
    </Modal>
  );
}

function NewTaskForm({
  initial,
  choice,
  onDone,
}: {
  initial: string;
  choice: NewTaskChoice;
  onDone: () => void;
}): ReactNode {
  const [prompt, setPrompt] = useDraft(NEW_TASK_DRAFT);
  const picked = useTaskChoice(choice);
  const { submit, sending, problem } = useSubmit(prompt, picked, () => {
    setPrompt("");
    onDone();
  });
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (initial !== "" && readDraft(NEW_TASK_DRAFT) === "") setPrompt(initial);
    field.current?.focus();
  }, [initial, setPrompt]);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <label htmlFor="new-task-prompt" className="sr-only">
        What is to be done?
      </label>
      <textarea
        id="new-task-prompt"
        ref={field}
        value={prompt}
        onChange={(event) => setPrompt(event.target.value)}
        onKeyDown={(event) => onEnter(event, submit)}
        rows={4}
        placeholder="What is to be done?"
        className="field-sizing-content block max-h-[45vh] min-h-28 w-full resize-none bg-transparent px-4 pt-4 pb-2 text-md outline-none placeholder:text-faint"
      />
      <ProblemNotice problem={problem} className="px-4 pb-2" />
      <TaskPickers picked={picked} choice={choice} />
      {picked.withoutModel === null ? null : (
        <p className="px-4 pb-3 text-sm text-faint">{picked.withoutModel}</p>
      )}
      <Footer sending={sending} empty={prompt.trim() === ""} />
    </form>
  );
}

function Footer({ sending, empty }: { sending: boolean; empty: boolean }): ReactNode {
  return (
    <div className="flex items-center justify-between gap-3 border-t border-line px-4 py-3">
      <p className="text-sm text-faint max-md:hidden">
        <Key>Enter</Key> queues it, <Key>Shift</Key> <Key>Enter</Key> breaks the line
      </p>
      <Button type="submit" kind="primary" disabled={sending || empty} className="max-md:w-full">
        {sending ? "Queueing…" : "Queue task"}
        <CornerDownLeft aria-hidden="true" className="size-4" />
      </Button>
    </div>
  );
}

function TaskPickers({ picked, choice }: { picked: TaskChoice; choice: NewTaskChoice }): ReactNode {
  return (
    <div className="flex flex-wrap gap-2 px-4 pb-3">
      <Picker
        label="Repository"
        value={picked.repository ?? ""}
        onChange={picked.setRepository}
        options={[
          { value: "", text: "No repository" },
          ...picked.repositories.map((row) => ({
            value: row.id,
            text: row.rehearsal ? `${row.name} (rehearsal)` : row.name,
          })),
        ]}
      />
      <Picker
        label="Agent"
        value={picked.agent}
        onChange={picked.setAgent}
        options={picked.agents.map((agent) => ({ value: agent, text: agent }))}
      />
      <Picker
        label="Workstation"
        value={picked.workstation}
        onChange={picked.setWorkstation}
        options={choice.workstations.map((row) => ({
          value: row.id,
          text: row.state === "ready" ? row.name : `${row.name} (${row.state})`,
        }))}
      />
    </div>
  );
}

function useSubmit(
  prompt: string,
  picked: TaskChoice,
  onQueued: () => void,
): { submit: () => void; sending: boolean; problem: string | null } {
  const router = useRouter();
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  // The same ids for every try of the same words, so that a lost answer cannot queue the task twice.
  const ids = useRef<{ job: string; run: string; words: string } | null>(null);
  const submit = (): void => {
    const words = prompt.trim();
    if (words === "" || sending) return;
    if (ids.current?.words !== words) ids.current = { job: newId("job"), run: newId("run"), words };
    const { job, run } = ids.current;
    setSending(true);
    setProblem(null);
    void post("/api/jobs", {
      job,
      run,
      workstation: picked.workstation,
      agent: picked.agent,
      repository: picked.repository,
      prompt: words,
    }).then((answer) => {
      setSending(false);
      if (!answer.ok) return setProblem(answer.words);
      ids.current = null;
      onQueued();
      router.push(`/jobs/${job}`);
    });
  };
  return { submit, sending, problem };
}

function Key({ children }: { children: ReactNode }): ReactNode {
  return (
    <kbd className="rounded-sm border border-line-strong bg-sunken px-1 py-px font-sans text-xs text-muted">
      {children}
    </kbd>
  );
}

function NoWorkstation({ onClose }: { onClose: () => void }): ReactNode {
  return (
    <div className="p-6">
      <h2 className="text-md font-semibold">There is no workstation yet</h2>
      <p className="mt-1 mb-4 text-muted">
        A task needs a machine to run on. Set-up creates one and leads to your first task.
      </p>
      <div className="flex gap-2">
        <ButtonLink kind="primary" href="/setup" onClick={onClose}>
          Go to set-up
        </ButtonLink>
        <Button kind="quiet" onClick={onClose}>
          Close
        </Button>
      </div>
    </div>
  );
}
