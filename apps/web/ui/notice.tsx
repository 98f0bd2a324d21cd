/** A box that says something about the whole page or form: what, why, what next. */
import type { ReactNode } from "react";
import { classes } from "./classes.ts";
import type { Tone } from "./task-states.ts";

const LOOKS: Record<Tone, string> = {
  neutral: "border-line bg-surface",
  accent: "border-accent-line bg-accent-ground",
  good: "border-good-line bg-good-ground",
  warn: "border-warn-line bg-warn-ground",
  bad: "border-bad-line bg-bad-ground",
};
const TITLES: Record<Tone, string> = {
  neutral: "text-ink",
  accent: "text-accent-text",
  good: "text-good",
  warn: "text-warn",
  bad: "text-bad",
};

export function Notice({
  tone,
  title,
  children,
  role,
}: {
  tone: Tone;
  title?: string;
  children?: ReactNode;
  role?: "alert" | "status";
}): ReactNode {
  return (
    <div role={role} className={classes("rounded-md border px-3.5 py-2.5 text-sm", LOOKS[tone])}>
      {title === undefined ? null : <p className={classes("font-semibold", TITLES[tone])}>{title}</p>}
      {children === undefined ? null : (
        <div className={classes("anywhere text-ink", title !== undefined && "mt-0.5")}>{children}</div>
      )}
    </div>
  );
}
