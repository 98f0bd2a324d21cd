"use client";
/** One step: its number or how it stands, its title, and what it is about. */
import { Check, CircleAlert, LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import { classes } from "../../../ui/classes.ts";
import type { StepState } from "../present.ts";

const WORDS: Record<StepState, string> = {
  done: "done",
  working: "under way",
  todo: "to do",
  blocked: "later",
  failed: "failed",
};

interface Props {
  number: number;
  title: string;
  state: StepState;
  current: boolean;
  last?: boolean;
  children: ReactNode;
}

export function Step({ number, title, state, current, last = false, children }: Props): ReactNode {
  return (
    <li
      aria-current={current ? "step" : undefined}
      className={classes("relative flex gap-4", !last && "pb-4")}
    >
      {last ? null : (
        <span aria-hidden="true" className="absolute top-9 bottom-0 left-[0.9375rem] w-px bg-line" />
      )}
      <Bullet number={number} state={state} current={current} />
      <div
        className={classes(
          "min-w-0 flex-1 rounded-lg border px-4 py-3.5",
          current ? "border-accent-line bg-surface shadow-md" : "border-line bg-surface",
        )}
      >
        <h2 className="mb-1.5 flex flex-wrap items-baseline gap-x-2 font-semibold">
          {title}
          <span className={classes("text-xs font-normal", state === "failed" ? "text-bad" : "text-faint")}>
            {WORDS[state]}
          </span>
        </h2>
        {children}
      </div>
    </li>
  );
}

function Bullet({
  number,
  state,
  current,
}: {
  number: number;
  state: StepState;
  current: boolean;
}): ReactNode {
  const looks: Record<StepState, string> = {
    done: "border-good-line bg-good-ground text-good",
    working: "border-accent-line bg-accent-ground text-accent-text",
    todo: current ? "border-accent bg-accent text-on-accent" : "border-line-strong bg-surface text-muted",
    blocked: "border-line bg-sunken text-faint",
    failed: "border-bad-line bg-bad-ground text-bad",
  };
  return (
    <span
      aria-hidden="true"
      className={classes(
        "tnum relative z-10 mt-2.5 grid size-8 shrink-0 place-items-center rounded-full border text-sm font-semibold",
        looks[state],
      )}
    >
      {state === "done" ? (
        <Check className="size-4" />
      ) : state === "working" ? (
        <LoaderCircle className="size-4 animate-spin" />
      ) : state === "failed" ? (
        <CircleAlert className="size-4" />
      ) : (
        number
      )}
    </span>
  );
}
