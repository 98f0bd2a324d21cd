"use client";
/** Home. What waits for a passkey comes first, since the night stands still without it. */
import { ArrowUpRight, Hand, Moon, Sparkles } from "lucide-react";
import type { ReactNode } from "react";
import { useNewTask } from "../../../browser/use-new-task.ts";
import { Button, ButtonLink } from "../../../ui/button.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { holdState } from "../../../ui/hold-words.ts";
import { Card, Page, Section } from "../../../ui/page.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import type { TaskLine } from "../../../ui/task-line-view.ts";
import { TaskLineRow } from "../../../ui/task-line.tsx";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { HoldView } from "../../holds/present.ts";
import type { InboxView } from "../queries.ts";

export function Inbox({ view }: { view: InboxView }): ReactNode {
  const needs = view.holds.length + view.needs.length;
  return (
    <Page title="Home" lead={leadOf(needs, view.running.length)}>
      {view.fresh === null ? null : <Fresh what={view.fresh} />}
      {needs === 0 ? null : (
        <Section title="Needs you" count={needs}>
          <Card>
            {view.holds.map((hold) => (
              <HoldLine key={hold.id} hold={hold} />
            ))}
            {view.needs.map((line) => (
              <TaskLineRow key={line.id} line={line} />
            ))}
          </Card>
        </Section>
      )}
      <Tasks title="Under way" lines={view.running} />
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

function HoldLine({ hold }: { hold: HoldView }): ReactNode {
  const state = holdState(hold.state);
  return (
    <a
      href={hold.href}
      className="flex min-h-14 flex-wrap items-center gap-x-4 gap-y-0.5 bg-warn-ground px-4 py-2.5 transition-colors hover:brightness-[0.98] focus-visible:-outline-offset-2 md:flex-nowrap"
    >
      <span className="order-2 shrink-0 md:order-1 md:w-44">
        <StateBadge label={state.label} tone={state.tone} />
      </span>
      <span className="order-1 flex w-full min-w-0 items-start gap-2 md:order-2 md:flex-1">
        <Hand aria-hidden="true" className="mt-1 size-3.5 shrink-0 text-warn" />
        <span className="anywhere line-clamp-2 min-w-0 font-medium">{visibleText(hold.title)}</span>
      </span>
      <span className="order-3 flex shrink-0 items-center gap-2 text-sm text-muted max-md:ml-auto">
        <Time at={hold.createdAt} />
        <span className="inline-flex items-center gap-0.5 font-medium text-accent-text">
          Review <ArrowUpRight aria-hidden="true" className="size-3.5" />
        </span>
      </span>
    </a>
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
