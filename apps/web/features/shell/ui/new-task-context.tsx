"use client";
/** Opens the new-task box from anywhere: a button, `c`, or Ctrl-K. */
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { NewTaskContext } from "../../../browser/use-new-task.ts";
import type { NewTaskChoice } from "../queries.ts";
import { NewTaskBox } from "./new-task-box.tsx";

export function NewTaskProvider({
  choice,
  allowed,
  children,
}: {
  choice: NewTaskChoice;
  allowed: boolean;
  children: ReactNode;
}): ReactNode {
  const [opened, setOpened] = useState<{ prompt: string } | null>(null);
  const open = useCallback((prompt = "") => setOpened({ prompt }), []);
  useEffect(() => {
    if (!allowed) return;
    const onKey = (event: KeyboardEvent): void => {
      if (!opensBox(event)) return;
      event.preventDefault();
      open();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [allowed, open]);
  const value = useMemo(() => ({ open, allowed }), [open, allowed]);
  return (
    <NewTaskContext value={value}>
      {children}
      {allowed ? (
        <NewTaskBox
          open={opened !== null}
          initial={opened?.prompt ?? ""}
          choice={choice}
          onClose={() => setOpened(null)}
        />
      ) : null}
    </NewTaskContext>
  );
}

/** Ctrl-K (or Command-K) anywhere; `c` where nobody is typing and no dialog is open. */
function opensBox(event: KeyboardEvent): boolean {
  const { ctrlKey, metaKey, altKey, shiftKey } = event;
  if (altKey) return false;
  if (ctrlKey || metaKey) return !shiftKey && event.key.toLowerCase() === "k";
  return event.key === "c" && !isTyping(event.target) && document.querySelector("dialog[open]") === null;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
