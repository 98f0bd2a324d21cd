/** The door: what this is, and the one thing to do. */
import { Fingerprint } from "lucide-react";
import type { ReactNode } from "react";
import { OutsideLink } from "../../../ui/button.tsx";
import { Mark } from "../../../ui/mark.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import type { DoorView } from "../present.ts";

const POINTS = [
  {
    title: "Queue it in the evening",
    text: "An agent works on a Linux workstation that keeps all of its state, with no network of its own.",
  },
  {
    title: "Nothing leaves unseen",
    text: "A push stops at the gate and waits there, however long the night is, while the agent goes on.",
  },
  {
    title: "Approve with a passkey",
    text: "You see the exact commits, on your phone if you like. Exactly those arrive, once.",
  },
] as const;

export function Door({ view }: { view: DoorView }): ReactNode {
  return (
    <main className="grid min-h-dvh place-items-center px-5 py-12">
      <div className="w-full max-w-md">
        <Mark className="size-10" />
        <h1 className="mt-5 text-2xl font-semibold tracking-tight text-balance">
          Coding agents work overnight. You decide what leaves.
        </h1>
        <ProblemNotice problem={view.problem} className="mt-5" />
        <div className="mt-7 space-y-3">
          <OutsideLink href={view.startHref} kind="primary" className="h-11 w-full">
            <Fingerprint aria-hidden="true" className="size-4" /> Sign in with a passkey
          </OutsideLink>
          {view.leadsTo === null ? null : (
            <p className="anywhere text-center text-sm text-muted">You then go on to {view.leadsTo}</p>
          )}
          <p className="text-center text-sm text-muted">
            First time here?{" "}
            <a href={view.enrolHref} className="font-medium text-accent-text underline underline-offset-2">
              Set up the gate
            </a>{" "}
            with the code that the host printed.
          </p>
        </div>
        <ol className="mt-10 space-y-4 border-t border-line pt-7">
          {POINTS.map((point, index) => (
            <li key={point.title} className="flex gap-3">
              <span
                aria-hidden="true"
                className="tnum mt-0.5 grid size-5 shrink-0 place-items-center rounded-full bg-sunken text-xs font-semibold text-muted"
              >
                {index + 1}
              </span>
              <p className="text-sm text-muted">
                <span className="font-semibold text-ink">{point.title}.</span> {point.text}
              </p>
            </li>
          ))}
        </ol>
      </div>
    </main>
  );
}
