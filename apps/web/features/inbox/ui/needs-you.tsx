"use client";
/** What waits for somebody: holds first, since the night stands still without them, then questions, then tasks that cannot go on. */
import { ArrowUpRight, Hand } from "lucide-react";
import type { ReactNode } from "react";
import { holdState } from "../../../ui/hold-words.ts";
import { Card, Section } from "../../../ui/page.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { TaskLineRow } from "../../../ui/task-line.tsx";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { HoldView } from "../../holds/present.ts";
import type { InboxView } from "../queries.ts";
import { QuestionLine } from "./question-line.tsx";

/** `told` are runs that the page tells of already; a page that tells of none says itself that nothing waits. */
export function NeedsYou({ view, told }: { view: InboxView; told?: string[] }): ReactNode {
  const tasks = view.needs.filter((line) => line.run === null || told?.includes(line.run) !== true);
  const count = view.holds.length + view.questions.length + tasks.length;
  if (count === 0)
    return told === undefined ? null : (
      <p className="mb-9 text-muted">Nothing {told.length > 0 ? "else " : ""}needs you.</p>
    );
  return (
    <Section title="Needs you" count={count}>
      <Card>
        {view.holds.map((hold) => (
          <HoldLine key={hold.id} hold={hold} />
        ))}
        {view.questions.map((question) => (
          <QuestionLine key={question.id} question={question} mayAnswer={view.mayAnswer} />
        ))}
        {tasks.map((line) => (
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
