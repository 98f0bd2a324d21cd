"use client";
/** What was said: prompts, messages, thoughts, plans, notes, and how a run ended. */
import {
  Check,
  ChevronRight,
  Circle,
  CircleAlert,
  CircleDot,
  Gavel,
  MessagesSquare,
  RotateCcw,
} from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { AgentMarkdown } from "../../../ui/agent-markdown.tsx";
import { classes } from "../../../ui/classes.ts";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { taskState } from "../../../ui/task-states.ts";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { RunView } from "../present.ts";

/** Prompts that carry another agent's message have its id in theirs (apps/runner/src/peers/deliver.ts). */
const OF_MESSAGE = /^peer-(msg_[0-9a-z]+)-\d+$/u;

export function PromptRow({
  prompt,
  text,
  source,
  at,
}: {
  prompt: string | null;
  text: string;
  source: "person" | "decision";
  at: number;
}): ReactNode {
  if (source === "decision") return <Told prompt={prompt} text={text} />;
  return (
    <div className="flex justify-end py-2.5">
      <div className="max-w-[88%] rounded-lg rounded-br-sm border border-accent-line bg-accent-ground px-3.5 py-2.5">
        <p className="anywhere whitespace-pre-wrap">{visibleText(text)}</p>
        <p className="mt-1 text-right text-xs text-muted">
          <Time at={at} />
        </p>
      </div>
    </div>
  );
}

/** What the platform or another agent has said. */
function Told({ prompt, text }: { prompt: string | null; text: string }): ReactNode {
  const message = OF_MESSAGE.exec(prompt ?? "")?.[1];
  const Icon = message === undefined ? Gavel : MessagesSquare;
  return (
    <div className="flex items-start gap-2 py-2 text-sm text-muted">
      <Icon aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-faint" />
      <div className="min-w-0">
        <p className="anywhere whitespace-pre-wrap">
          <span className="sr-only">The agent was told: </span>
          {visibleText(text)}
        </p>
        {message === undefined ? null : (
          <Link href={`/peers/${message}`} className="font-medium text-accent-text hover:underline">
            The way of this message
          </Link>
        )}
      </div>
    </div>
  );
}

export function MessageRow({ text }: { text: string }): ReactNode {
  return (
    <div className="py-2">
      <AgentMarkdown text={text} />
    </div>
  );
}

export function ThoughtRow({
  text,
  open,
  onToggle,
}: {
  text: string;
  open: boolean;
  onToggle: () => void;
}): ReactNode {
  const line = text.trim().split("\n")[0] ?? "";
  return (
    <div className="py-0.5 text-sm">
      <button
        type="button"
        aria-expanded={open}
        onClick={onToggle}
        className="flex w-full min-w-0 items-center gap-1.5 rounded-md py-1 text-left text-faint hover:text-ink max-md:min-h-11"
      >
        <ChevronRight
          aria-hidden="true"
          className={classes("size-3.5 shrink-0 transition-transform", open && "rotate-90")}
        />
        <span className="shrink-0">Thought</span>
        {open ? null : <span className="truncate italic">{visibleText(line)}</span>}
      </button>
      {open ? (
        <div className="anywhere mb-1 ml-5 border-l-2 border-line pl-3 whitespace-pre-wrap text-muted italic">
          {visibleText(text)}
        </div>
      ) : null}
    </div>
  );
}

export function NoteRow({ text }: { text: string }): ReactNode {
  return <p className="anywhere py-1.5 text-center text-xs text-faint">{visibleText(text)}</p>;
}

export function FailedRow({ text }: { text: string }): ReactNode {
  return (
    <div className="my-2 flex items-start gap-2 rounded-md border border-bad-line bg-bad-ground px-3 py-2 text-sm">
      <CircleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-bad" />
      <p className="anywhere min-w-0 whitespace-pre-wrap">{visibleText(text)}</p>
    </div>
  );
}

const STEPS: Record<string, { icon: typeof Check; look: string; word: string }> = {
  completed: { icon: Check, look: "text-good", word: "done" },
  in_progress: { icon: CircleDot, look: "text-accent-text", word: "under way" },
};
const OPEN_STEP = { icon: Circle, look: "text-faint", word: "open" };

export function PlanRow({ entries }: { entries: { text: string; status: string }[] }): ReactNode {
  const done = entries.filter((entry) => entry.status === "completed").length;
  return (
    <section aria-label="Plan" className="my-2 rounded-md border border-line bg-surface px-3.5 py-2.5">
      <h2 className="mb-1.5 flex justify-between text-sm font-semibold text-muted">
        Plan
        <span className="tnum font-normal text-faint">
          {done} of {entries.length}
        </span>
      </h2>
      <ul className="space-y-1">
        {entries.map((entry, index) => {
          const { icon: Icon, look, word } = STEPS[entry.status] ?? OPEN_STEP;
          return (
            <li key={`${index}-${entry.text}`} className="flex items-start gap-2 text-sm">
              <Icon aria-hidden="true" className={classes("mt-[3px] size-3.5 shrink-0", look)} />
              <span className={classes("anywhere min-w-0", entry.status === "completed" && "text-muted")}>
                {visibleText(entry.text)} <span className="sr-only">({word})</span>
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

export function RunRow({ run }: { run: RunView }): ReactNode {
  return (
    <div className="flex items-center gap-3 py-3 text-xs text-faint">
      <span className="h-px flex-1 bg-line" />
      <span className="flex items-center gap-1.5">
        <RotateCcw aria-hidden="true" className="size-3" /> Run {run.number}, <Time at={run.createdAt} />
      </span>
      <span className="h-px flex-1 bg-line" />
    </div>
  );
}

export function OutcomeRow({ run, words }: { run: RunView; words: string }): ReactNode {
  const state = taskState(run.state);
  return (
    <div className="my-3 border-t border-line pt-3">
      <p className="flex items-center gap-2">
        <StateBadge label={state.label} tone={state.tone} />
        {run.endedAt === null ? null : (
          <span className="text-xs text-faint">
            <Time at={run.endedAt} />
          </span>
        )}
      </p>
      {words === "" ? null : (
        <p className="anywhere mt-1 text-sm whitespace-pre-wrap text-muted">{visibleText(words)}</p>
      )}
    </div>
  );
}
