"use client";
/** One task as a live conversation: header, what happened, and the box that steers. */
import type { ReactNode } from "react";
import { Composer } from "./composer.tsx";
import { ConnectionLine } from "./connection-line.tsx";
import { Conversation } from "./conversation.tsx";
import { Refused } from "./refused.tsx";
import { TaskHeader } from "./task-header.tsx";
import { type FirstLook, useTask } from "./use-task.ts";

export function TaskPage({ first, gateOrigin }: { first: FirstLook; gateOrigin: string }): ReactNode {
  const { task, rows, caughtUp, connection } = useTask(first);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <TaskHeader task={task} gateOrigin={gateOrigin} />
      <Conversation rows={rows} caughtUp={caughtUp} task={task} />
      <ConnectionLine connection={connection} />
      {task.state === "refused" ? <Refused task={task} /> : <Composer task={task} />}
    </div>
  );
}
