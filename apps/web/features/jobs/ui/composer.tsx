"use client";
import { newId } from "@nightgate/shared/ids";
/** The box that steers: words go to the live run, or start a new one that goes on where the agent stopped. */
import { ArrowUp, Square } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { post } from "../../../browser/api.ts";
import { useDraft } from "../../../browser/use-draft.ts";
import { Button } from "../../../ui/button.tsx";
import { onEnter } from "../../../ui/on-enter.ts";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { isLive } from "../../../ui/task-states.ts";
import type { TaskView } from "../present.ts";
import { onPutBack } from "./composer-events.ts";

export function Composer({ task }: { task: TaskView }): ReactNode {
  const [text, setText] = useDraft(task.id);
  const { send, interrupt, busy, problem } = useSteering(task.id, () => setText(""));
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(
    () =>
      onPutBack(task.id, (words) => {
        setText(words);
        field.current?.focus();
      }),
    [task.id, setText],
  );
  if (!task.can.prompt) return <Waiting task={task} />;
  return (
    <div className="mx-auto w-full max-w-3xl px-4 pb-4 max-md:pb-3">
      <ProblemNotice problem={problem} className="pb-2" />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          send(text);
        }}
        className="flex items-end gap-2 rounded-lg border border-line-strong bg-surface p-2 shadow-sm focus-within:border-accent"
      >
        <label htmlFor="composer" className="sr-only">
          Message to the agent
        </label>
        <textarea
          id="composer"
          ref={field}
          rows={1}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => onEnter(event, () => send(text))}
          placeholder={placeholderFor(task)}
          className="field-sizing-content max-h-[35vh] min-h-9 min-w-0 flex-1 resize-none bg-transparent px-2 py-1.5 outline-none placeholder:text-faint max-md:min-h-11 max-md:py-2 max-md:text-md"
        />
        <ComposerButton
          stops={task.can.interrupt && text.trim() === ""}
          disabled={busy}
          empty={text.trim() === ""}
          onStop={interrupt}
        />
      </form>
    </div>
  );
}

function ComposerButton({
  stops,
  disabled,
  empty,
  onStop,
}: {
  stops: boolean;
  disabled: boolean;
  empty: boolean;
  onStop: () => void;
}): ReactNode {
  return stops ? (
    <Button
      size="icon"
      onClick={onStop}
      disabled={disabled}
      aria-label="Stop the agent's turn"
      title="Stop the agent's turn; its session stays"
    >
      <Square aria-hidden="true" className="size-3.5 fill-current" />
    </Button>
  ) : (
    <Button type="submit" kind="primary" size="icon" disabled={disabled || empty} aria-label="Send">
      <ArrowUp aria-hidden="true" className="size-4" />
    </Button>
  );
}

function placeholderFor(task: TaskView): string {
  if (task.state === "awaiting_input") return "Answer the agent…";
  if (!isLive(task.state)) return "Go on from here…";
  return "Steer the agent…";
}

function Waiting({ task }: { task: TaskView }): ReactNode {
  if (task.state !== "sending" && task.state !== "cancelling") return null;
  return (
    <p className="mx-auto w-full max-w-3xl px-4 pb-5 text-center text-sm text-faint">
      {task.state === "sending" ? "The task is on its way to the runner." : "The run is being cancelled."}
    </p>
  );
}

function useSteering(
  job: string,
  onSent: () => void,
): { send: (text: string) => void; interrupt: () => void; busy: boolean; problem: string | null } {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const ask = async (path: string, body: Record<string, unknown>): Promise<boolean> => {
    setBusy(true);
    setProblem(null);
    const answer = await post(`/api/jobs/${job}/${path}`, body);
    setBusy(false);
    if (!answer.ok) setProblem(answer.words);
    return answer.ok;
  };
  return {
    send: (text) => {
      const prompt = text.trim();
      if (prompt === "" || busy) return;
      void ask("prompt", { run: newId("run"), prompt }).then((ok) => ok && onSent());
    },
    interrupt: () => void ask("interrupt", {}),
    busy,
    problem,
  };
}
