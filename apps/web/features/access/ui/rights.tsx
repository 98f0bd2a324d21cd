"use client";
/** What a program may do if it is let in: two choices, and what it can never do. */
import { Eye, Moon, ShieldCheck } from "lucide-react";
import type { ReactNode } from "react";
import { classes } from "../../../ui/classes.ts";

export type Right = "read" | "act";

const CHOICES = [
  {
    right: "act",
    icon: Moon,
    title: "Look and act",
    text: "Queue and steer tasks, schedules and chains, and answer questions, as you",
  },
  { right: "read", icon: Eye, title: "Only look", text: "See tasks, results and holds" },
] as const;

export function Rights({
  asked,
  mayAct,
  value,
  onChange,
}: {
  asked: Right;
  mayAct: boolean;
  value: Right;
  onChange: (right: Right) => void;
}): ReactNode {
  return (
    <fieldset>
      <legend className="text-sm font-medium">What it may do</legend>
      <div className="mt-1.5 divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface shadow-sm">
        {CHOICES.map(({ right, icon: Icon, title, text }) => {
          const open = right === "read" || (asked === "act" && mayAct);
          return (
            <label
              key={right}
              className={classes(
                "flex min-h-14 items-center gap-3 px-4 py-2.5",
                open ? "cursor-pointer hover:bg-hover" : "opacity-50",
              )}
            >
              <input
                type="radio"
                name="right"
                className="size-4 accent-accent"
                checked={value === right}
                disabled={!open}
                onChange={() => onChange(right)}
              />
              <span className="min-w-0 flex-1">
                <span className="block font-medium">{title}</span>
                <span className="block text-sm text-muted">{open ? text : closedWords(mayAct)}</span>
              </span>
              <Icon aria-hidden="true" className="size-4 shrink-0 text-faint" />
            </label>
          );
        })}
      </div>
      <p className="mt-2 flex gap-2 text-sm text-muted">
        <ShieldCheck aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-good" />
        It can never approve what leaves, read a secret or change the policy. That takes your passkey at the
        gate.
      </p>
    </fieldset>
  );
}

function closedWords(mayAct: boolean): string {
  return mayAct ? "The program did not ask for it" : "Your role only looks";
}
