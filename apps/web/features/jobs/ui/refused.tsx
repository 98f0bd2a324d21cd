"use client";
/** A task that the runner did not accept: why, and the words back for another try. */
import type { ReactNode } from "react";
import { useNewTask } from "../../../browser/use-new-task.ts";
import { Button } from "../../../ui/button.tsx";
import { Notice } from "../../../ui/notice.tsx";
import type { TaskView } from "../present.ts";

export function Refused({ task }: { task: TaskView }): ReactNode {
  const { open, allowed } = useNewTask();
  return (
    <div className="mx-auto w-full max-w-3xl px-4 pb-6">
      <Notice tone="bad" title="The task was not accepted" role="alert">
        <p>{task.refusal}</p>
        {allowed ? (
          <Button size="small" className="mt-2" onClick={() => open(task.prompt)}>
            Edit and try again
          </Button>
        ) : null}
      </Notice>
    </div>
  );
}
