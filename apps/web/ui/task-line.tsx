/** A task in a list: state, title, where, and when. The whole line leads to it. */
import Link from "next/link";
import type { ReactNode } from "react";
import { StateBadge } from "./state-badge.tsx";
import type { TaskLine } from "./task-line-view.ts";
import { isLive, taskState } from "./task-states.ts";
import { Elapsed, Time } from "./time.tsx";
import { visibleText } from "./visible-text.ts";

export function TaskLineRow({ line }: { line: TaskLine }): ReactNode {
  const state = taskState(line.state);
  return (
    <Link
      href={`/jobs/${line.id}`}
      className="flex min-h-14 flex-wrap items-center gap-x-4 gap-y-0.5 px-4 py-2.5 transition-colors hover:bg-hover focus-visible:-outline-offset-2 md:flex-nowrap"
    >
      <span className="order-2 shrink-0 md:order-1 md:w-44">
        <StateBadge label={state.label} tone={state.tone} live={state.live} />
      </span>
      <span className="order-1 w-full min-w-0 md:order-2 md:flex-1">
        <span className="block truncate font-medium">{visibleText(line.title)}</span>
        {line.why === "" ? null : (
          <span className="block truncate text-sm text-muted">{visibleText(line.why)}</span>
        )}
      </span>
      <span className="order-3 flex min-w-0 shrink-0 items-center gap-3 text-sm text-faint max-md:ml-auto">
        <span className="max-w-28 truncate max-md:hidden">{line.workstation}</span>
        <span className="md:w-24 md:text-right">
          <When line={line} />
        </span>
      </span>
    </Link>
  );
}

function When({ line }: { line: TaskLine }): ReactNode {
  if (line.dueAt !== null) return <Time at={line.dueAt} />;
  if (line.state === "rate_limited" && line.resumeAt !== null) return <Time at={line.resumeAt} />;
  if (isLive(line.state) && line.startedAt !== null) return <Elapsed from={line.startedAt} to={null} />;
  return <Time at={line.endedAt ?? line.createdAt} />;
}
