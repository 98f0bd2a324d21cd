"use client";
/** Home. What waits for a passkey comes first, since the night stands still without it. */
import { Moon, Sparkles, Sunrise } from "lucide-react";
import type { ReactNode } from "react";
import { useNewTask } from "../../../browser/use-new-task.ts";
import { Button, ButtonLink } from "../../../ui/button.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { type NextLine, NextList } from "../../../ui/next-list.tsx";
import { Card, Page, Section } from "../../../ui/page.tsx";
import type { TaskLine } from "../../../ui/task-line-view.ts";
import { TaskLineRow } from "../../../ui/task-line.tsx";
import type { InboxView } from "../queries.ts";
import { NeedsYou } from "./needs-you.tsx";

export function Inbox({ view, next }: { view: InboxView; next: NextLine[] }): ReactNode {
  const needs = view.holds.length + view.questions.length + view.needs.length;
  return (
    <Page
      title="Home"
      lead={leadOf(needs, view.running.length)}
      actions={
        view.fresh === null ? (
          <>
            <ButtonLink kind="quiet" href="/briefing">
              <Sunrise aria-hidden="true" className="size-4" /> Last night
            </ButtonLink>
            <ButtonLink kind="quiet" href="/evening">
              <Moon aria-hidden="true" className="size-4" /> Before bed
            </ButtonLink>
          </>
        ) : undefined
      }
    >
      {view.fresh === null ? null : <Fresh what={view.fresh} />}
      <NeedsYou view={view} />
      <Tasks title="Under way" lines={view.running} />
      <NextList lines={next} />
      <Tasks title="Done in the last days" lines={view.done} />
      {view.fresh === null && needs + view.running.length + view.done.length === 0 ? <Quiet /> : null}
    </Page>
  );
}

function leadOf(needs: number, running: number): string {
  const first =
    needs === 0 ? "Nothing needs you" : needs === 1 ? "One thing needs you" : `${needs} things need you`;
  const second =
    running === 0
      ? "nothing is under way"
      : running === 1
        ? "one task is under way"
        : `${running} tasks are under way`;
  return `${first}; ${second}.`;
}

function Tasks({ title, lines }: { title: string; lines: TaskLine[] }): ReactNode {
  if (lines.length === 0) return null;
  return (
    <Section title={title} count={lines.length}>
      <Card>
        {lines.map((line) => (
          <TaskLineRow key={line.id} line={line} />
        ))}
      </Card>
    </Section>
  );
}

function Fresh({ what }: { what: "no-workstation" | "no-task" }): ReactNode {
  return (
    <div className="mb-9">
      <Empty
        icon={<Sparkles />}
        title={
          what === "no-workstation"
            ? "Let's get the first agent to work"
            : "Your workstation waits for its first task"
        }
        action={
          <ButtonLink kind="primary" href="/setup">
            {what === "no-workstation" ? "Begin set-up" : "Go on with set-up"}
          </ButtonLink>
        }
      >
        Set-up leads from here to a running task: a workstation, a model key, a repository. It takes a few
        minutes.
      </Empty>
    </div>
  );
}

function Quiet(): ReactNode {
  const { open, allowed } = useNewTask();
  return (
    <Empty
      icon={<Moon />}
      title="All is quiet"
      action={
        allowed ? (
          <Button kind="primary" onClick={() => open()}>
            New task
          </Button>
        ) : undefined
      }
    >
      No task has run in the last days and nothing waits. Queue something for the night.
    </Empty>
  );
}
