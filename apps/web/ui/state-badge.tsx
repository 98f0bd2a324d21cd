/** A state: a dot and a word. The colour repeats what the word says and never stands alone. */
import type { ReactNode } from "react";
import { classes } from "./classes.ts";
import type { Tone } from "./task-states.ts";

const DOTS: Record<Tone, string> = {
  neutral: "bg-faint",
  accent: "bg-accent",
  good: "bg-good",
  warn: "bg-warn",
  bad: "bg-bad",
};
const WORDS: Record<Tone, string> = {
  neutral: "text-muted",
  accent: "text-accent-text",
  good: "text-good",
  warn: "text-warn",
  bad: "text-bad",
};

export function Dot({ tone, live = false }: { tone: Tone; live?: boolean }): ReactNode {
  return (
    <span
      aria-hidden="true"
      className={classes("inline-block size-2 shrink-0 rounded-full", DOTS[tone], live && "breathe")}
    />
  );
}

export function StateBadge({
  label,
  tone,
  live = false,
}: {
  label: string;
  tone: Tone;
  live?: boolean;
}): ReactNode {
  return (
    <span
      className={classes(
        "inline-flex items-center gap-1.5 text-sm font-medium whitespace-nowrap",
        WORDS[tone],
      )}
    >
      <Dot tone={tone} live={live} />
      {label}
    </span>
  );
}
