"use client";
/** All tasks, newest first, by what they need. */
import { ListTodo } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { useNewTask } from "../../../browser/use-new-task.ts";
import { Button, ButtonLink } from "../../../ui/button.tsx";
import { classes } from "../../../ui/classes.ts";
import { Empty } from "../../../ui/empty.tsx";
import { Card, Page } from "../../../ui/page.tsx";
import type { TaskLine } from "../../../ui/task-line-view.ts";
import { TaskLineRow } from "../../../ui/task-line.tsx";
import type { JobFilter } from "../schema.ts";

const FILTERS: readonly { show: JobFilter; label: string; empty: string }[] = [
  { show: "all", label: "All", empty: "There is no task yet" },
  { show: "needs", label: "Needs you", empty: "Nothing needs you" },
  { show: "running", label: "Running", empty: "Nothing is running" },
  { show: "done", label: "Done", empty: "Nothing is done yet" },
];

export function TaskList({
  show,
  lines,
  next,
  older,
}: {
  show: JobFilter;
  lines: TaskLine[];
  next: string | null;
  older: boolean;
}): ReactNode {
  return (
    <Page
      title="Tasks"
      actions={
        <span className="-ml-3 flex flex-wrap md:hidden">
          <ButtonLink kind="quiet" href="/schedules">
            Schedules
          </ButtonLink>
          <ButtonLink kind="quiet" href="/chains">
            Chains
          </ButtonLink>
          <ButtonLink kind="quiet" href="/peers">
            Peers
          </ButtonLink>
          <ButtonLink kind="quiet" href="/locks">
            Locks
          </ButtonLink>
        </span>
      }
    >
      <nav aria-label="Which tasks" className="mb-4 flex gap-1 overflow-x-auto">
        {FILTERS.map((filter) => (
          <Link
            key={filter.show}
            href={filter.show === "all" ? "/jobs" : `/jobs?show=${filter.show}`}
            aria-current={filter.show === show ? "page" : undefined}
            className={classes(
              "flex h-8 items-center rounded-md px-3 text-sm whitespace-nowrap max-md:h-11",
              filter.show === show
                ? "bg-hover font-medium text-ink"
                : "text-muted hover:bg-hover hover:text-ink",
            )}
          >
            {filter.label}
          </Link>
        ))}
      </nav>
      {lines.length === 0 ? (
        <NoTasks show={show} />
      ) : (
        <Card>
          {lines.map((line) => (
            <TaskLineRow key={line.id} line={line} />
          ))}
        </Card>
      )}
      <div className="mt-4 flex justify-between">
        {older ? (
          <ButtonLink kind="quiet" href={show === "all" ? "/jobs" : `/jobs?show=${show}`}>
            Back to the newest
          </ButtonLink>
        ) : (
          <span />
        )}
        {next === null ? null : (
          <ButtonLink href={`/jobs?show=${show}&before=${encodeURIComponent(next)}`}>Older tasks</ButtonLink>
        )}
      </div>
    </Page>
  );
}

function NoTasks({ show }: { show: JobFilter }): ReactNode {
  const { open, allowed } = useNewTask();
  const words = FILTERS.find((filter) => filter.show === show)?.empty ?? "There is no task yet";
  return (
    <Empty
      icon={<ListTodo />}
      title={words}
      action={
        allowed ? (
          <Button kind="primary" onClick={() => open()}>
            New task
          </Button>
        ) : undefined
      }
    >
      A task is a prompt that an agent works on, on a workstation, for as long as it takes. You can close the
      laptop.
    </Empty>
  );
}
