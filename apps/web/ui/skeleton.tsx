/** What stands where content will be: the same height, no jumping, said once to a screen reader. */
import type { ReactNode } from "react";
import { classes } from "./classes.ts";

export function Bone({ className }: { className?: string }): ReactNode {
  return <div className={classes("breathe rounded-md bg-hover", className)} />;
}

export function SkeletonList({ rows, label }: { rows: number; label: string }): ReactNode {
  return (
    <div
      role="status"
      aria-label={label}
      className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface"
    >
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="flex h-[3.75rem] items-center gap-4 px-4">
          <Bone className="h-3 w-24" />
          <Bone className="h-3 flex-1" />
          <Bone className="h-3 w-16" />
        </div>
      ))}
    </div>
  );
}
