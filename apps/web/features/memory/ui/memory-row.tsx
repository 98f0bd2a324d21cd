"use client";
/** One memory: its words as they were written, what it was worth so far, and what a person may say of it. */
import { Pencil, ThumbsDown, ThumbsUp, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { useVerb } from "../../../browser/use-verb.ts";
import { Button } from "../../../ui/button.tsx";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { MemoryView } from "../present.ts";

export function MemoryRow({
  memory,
  where,
  mayChange,
  onEdit,
  onChanged,
}: {
  memory: MemoryView;
  /** The name of its repository. */
  where: string;
  mayChange: boolean;
  onEdit: () => void;
  onChanged: () => void;
}): ReactNode {
  const { call, busy, problem } = useVerb();
  const { slug, scope, kind, text, tags, weight } = memory;
  const named = { slug, scope };
  const act = (label: string, icon: ReactNode, onClick: () => void): ReactNode => (
    <Button
      kind="quiet"
      size="icon"
      disabled={busy}
      aria-label={`${label}: ${slug}`}
      title={label}
      onClick={onClick}
    >
      {icon}
    </Button>
  );
  return (
    <article aria-label={slug} className="px-4 py-3.5">
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <h3 className="anywhere font-mono text-sm font-medium">{slug}</h3>
          <p className="anywhere mt-0.5 text-xs text-muted">
            {[kind, visibleText(where), ...tags].join(" · ")} · <Time at={Date.parse(memory.updated_at)} />
          </p>
        </div>
        <Weight weight={weight} />
      </div>
      <p className="anywhere mt-2 whitespace-pre-wrap">{visibleText(text)}</p>
      {problem === null ? null : (
        <p role="alert" className="mt-2 text-sm text-bad">
          {problem}
        </p>
      )}
      {mayChange ? (
        <div className="mt-1.5 -ml-2 flex">
          {act("It helped", <ThumbsUp aria-hidden="true" className="size-4" />, () =>
            call("memory_reinforce", { ...named, useful: true }, onChanged),
          )}
          {act("It did not help", <ThumbsDown aria-hidden="true" className="size-4" />, () =>
            call("memory_reinforce", { ...named, useful: false }, onChanged),
          )}
          {act("Edit", <Pencil aria-hidden="true" className="size-4" />, onEdit)}
          {act("Forget", <Trash2 aria-hidden="true" className="size-4" />, () =>
            call("memory_forget", named, onChanged),
          )}
        </div>
      ) : null}
    </article>
  );
}

function Weight({ weight }: { weight: number }): ReactNode {
  return (
    <div className="shrink-0 text-right">
      <div className="tnum text-sm font-medium">{weight}</div>
      <div
        role="meter"
        aria-label="Weight"
        aria-valuemin={1}
        aria-valuemax={100}
        aria-valuenow={weight}
        className="mt-1 h-1 w-16 overflow-hidden rounded-full bg-sunken"
      >
        <div className="h-full bg-accent" style={{ width: `${weight}%` }} />
      </div>
    </div>
  );
}
