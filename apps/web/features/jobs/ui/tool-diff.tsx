"use client";
/** What a tool call changed in one file. */
import type { ReactNode } from "react";
import { classes } from "../../../ui/classes.ts";
import { visibleText } from "../../../ui/visible-text.ts";

interface Diff {
  path: string;
  isNew: boolean;
  lines: { mark: " " | "+" | "-" | "~"; text: string }[];
  added: number;
  removed: number;
  cut: boolean;
}

const LOOKS = { "+": "bg-added", "-": "bg-removed", " ": "", "~": "bg-sunken text-faint" } as const;
const MARKS = {
  "+": "text-added-mark",
  "-": "text-removed-mark",
  " ": "text-faint",
  "~": "text-faint",
} as const;

export function ToolDiff({ diff }: { diff: Diff }): ReactNode {
  return (
    <figure className="overflow-hidden rounded-md border border-line bg-surface">
      <figcaption className="flex items-center justify-between gap-3 border-b border-line bg-sunken px-3 py-1.5 text-xs">
        <span className="anywhere min-w-0 font-mono">{visibleText(diff.path)}</span>
        <span className="tnum shrink-0">
          {diff.isNew ? <span className="mr-2 text-muted">new</span> : null}
          <span className="text-added-mark">+{diff.added}</span>{" "}
          <span className="text-removed-mark">−{diff.removed}</span>
        </span>
      </figcaption>
      <div
        tabIndex={0}
        role="region"
        aria-label={`Change of ${diff.path}`}
        className="max-h-96 overflow-auto font-mono text-xs leading-relaxed"
      >
        <div className="w-max min-w-full">
          {diff.lines.map((line, index) => (
            <div key={index} className={classes("flex whitespace-pre", LOOKS[line.mark])}>
              <span
                aria-hidden="true"
                className={classes("w-6 shrink-0 text-center select-none", MARKS[line.mark])}
              >
                {line.mark === "~" ? "⋯" : line.mark}
              </span>
              <span className="pr-3">{line.mark === "~" ? "" : visibleText(line.text)}</span>
            </div>
          ))}
        </div>
      </div>
      {diff.cut ? (
        <p className="border-t border-line px-3 py-1.5 text-xs text-muted">
          Only the first lines are shown here.
        </p>
      ) : null}
    </figure>
  );
}
