"use client";
/** The way of one message, step by step, as a story; and for a question that is open, room for a person's answer. */
import { ArrowLeft } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { CopyId } from "../../../ui/copy-id.tsx";
import { Card, Page, Section } from "../../../ui/page.tsx";
import { Dot, StateBadge } from "../../../ui/state-badge.tsx";
import { Elapsed, Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { MessageView, PartyView } from "../present.ts";
import type { TracePage } from "../queries.ts";
import type { StepView } from "../story.ts";
import { AnswerMessage } from "./answer-message.tsx";
import { MessageLine } from "./message-line.tsx";

const TITLES: Record<MessageView["kind"], string> = {
  ask: "A question",
  notify: "A note",
  broadcast: "A note to everybody at work",
  watch: "The end of a task",
};

export function Trace({ page }: { page: TracePage }): ReactNode {
  const { message, steps, next, together } = page;
  return (
    <Page title={TITLES[message.kind]} lead={<Lead message={message} />}>
      <Link
        href="/peers"
        className="mb-5 inline-flex items-center gap-1.5 text-sm text-muted hover:text-ink max-md:min-h-11"
      >
        <ArrowLeft aria-hidden="true" className="size-3.5" /> All messages
      </Link>
      <ol aria-label="What has happened" className="mb-6">
        {steps.map((step, index) => (
          <Step key={step.key} step={step} before={steps[index - 1]?.at ?? null} />
        ))}
        {next === null ? null : <Next next={next} message={message} />}
      </ol>
      {page.mayAnswer ? <AnswerMessage message={message} /> : null}
      {together.length === 0 ? null : (
        <Section title="Asked at the same time" count={together.length}>
          <Card>
            {together.map((other) => (
              <MessageLine key={other.id} message={other} />
            ))}
          </Card>
        </Section>
      )}
    </Page>
  );
}

function Lead({ message }: { message: MessageView }): ReactNode {
  const { state } = message;
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
      <span role="status" aria-live="polite">
        <StateBadge label={state.label} tone={state.tone} live={state.live} />
      </span>
      <span className="anywhere">
        <Party party={message.from} /> to <Party party={message.to} />
      </span>
      {message.closedAt === null ? null : (
        <span className="text-faint">
          within <Elapsed from={message.createdAt} to={message.closedAt} />
        </span>
      )}
      <CopyId id={message.id} />
    </span>
  );
}

/** By name; it leads to the task at which they were. */
function Party({ party }: { party: PartyView }): ReactNode {
  const name = visibleText(party.name);
  return party.task === null ? (
    <span className="text-ink">{name}</span>
  ) : (
    <Link
      href={`/jobs/${party.task.id}`}
      title={visibleText(party.task.title)}
      className="text-ink hover:underline"
    >
      {name}
    </Link>
  );
}

function Step({ step, before }: { step: StepView; before: number | null }): ReactNode {
  return (
    <li className="relative flex gap-3 pb-5 before:absolute before:top-5 before:-bottom-1 before:left-[3.5px] before:w-px before:bg-line last:before:hidden">
      <span className="flex h-6 items-center">
        <Dot tone={step.tone} />
      </span>
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline justify-between gap-x-4">
          <span className="anywhere min-w-0">
            {visibleText(step.what)}
            {step.task === null ? null : (
              <>
                <span className="text-faint"> · </span>
                <Link href={`/jobs/${step.task.id}`} className="text-accent-text hover:underline">
                  {visibleText(step.task.title)}
                </Link>
              </>
            )}
          </span>
          <span className="shrink-0 text-sm text-faint">
            <Time at={step.at} />
            {before === null || step.at - before < 1_000 ? null : (
              <>
                {" · after "}
                <Elapsed from={before} to={step.at} />
              </>
            )}
          </span>
        </p>
        {step.words === "" ? null : (
          <blockquote className="anywhere mt-1.5 max-h-[60vh] overflow-y-auto rounded-md border border-line bg-surface px-3 py-2 whitespace-pre-wrap">
            {visibleText(step.words)}
          </blockquote>
        )}
      </div>
    </li>
  );
}

function Next({ next, message }: { next: string; message: MessageView }): ReactNode {
  return (
    <li className="flex gap-3 text-muted">
      <span className="flex h-6 items-center">
        <Dot tone="neutral" live />
      </span>
      <p className="anywhere min-w-0">
        {visibleText(next)}
        {message.open ? (
          <>
            {" "}
            <span className="text-faint">
              {message.kind === "ask" ? "Its deadline is" : "It is kept until"} <Time at={message.deadline} />
              .
            </span>
          </>
        ) : null}
      </p>
    </li>
  );
}
