"use client";
/** A hold where it happened: what waits, how it stands, and the way to the gate, where alone it can be decided. */
import { ArrowUpRight, Hand, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { OutsideLink } from "../../../ui/button.tsx";
import { classes } from "../../../ui/classes.ts";
import { CopyId } from "../../../ui/copy-id.tsx";
import { holdState } from "../../../ui/hold-words.ts";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { HoldView } from "../../holds/present.ts";

export function HoldRow({ hold }: { hold: HoldView }): ReactNode {
  const state = holdState(hold.state);
  const waits = hold.state === "pending" || hold.state === "unknown";
  return (
    <section
      aria-label={`Hold ${hold.id}`}
      className={classes(
        "my-2 rounded-md border px-3.5 py-3",
        waits ? "border-warn-line bg-warn-ground" : "border-line bg-surface",
      )}
    >
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <Hand
          aria-hidden="true"
          className={classes("mt-0.5 size-4 shrink-0", waits ? "text-warn" : "text-faint")}
        />
        <div className="min-w-0 flex-1 basis-56">
          <p className="anywhere font-medium">{visibleText(hold.title)}</p>
          <p className="mt-0.5 flex flex-wrap items-center gap-x-3 gap-y-1">
            <StateBadge label={state.label} tone={state.tone} live={state.live} />
            <span className="text-xs text-muted">
              <Time at={hold.endedAt ?? hold.decidedAt ?? hold.createdAt} />
            </span>
            <CopyId id={hold.id} />
          </p>
        </div>
        <OutsideLink
          href={hold.href}
          kind={waits ? "primary" : "plain"}
          size="small"
          className="max-md:w-full"
        >
          {waits ? "Review at the gate" : "Open at the gate"}
          <ArrowUpRight aria-hidden="true" className="size-3.5" />
        </OutsideLink>
      </div>
      {hold.flags.length === 0 || !waits ? null : (
        <ul className="mt-2 space-y-1 pl-7 text-sm">
          {hold.flags.map((flag) => (
            <li
              key={flag.text}
              className={classes(
                "flex items-start gap-1.5",
                flag.level === "danger" ? "text-bad" : "text-warn",
              )}
            >
              <TriangleAlert aria-hidden="true" className="mt-0.5 size-3.5 shrink-0" />
              <span className="anywhere min-w-0">{visibleText(flag.text)}</span>
            </li>
          ))}
        </ul>
      )}
      <HoldWords hold={hold} />
    </section>
  );
}

function HoldWords({ hold }: { hold: HoldView }): ReactNode {
  const words = visibleText(hold.words || hold.outcome);
  if (words === "" && hold.supersededBy === null) return null;
  return (
    <p className="anywhere mt-2 pl-7 text-sm whitespace-pre-wrap text-muted">
      {hold.supersededBy === null ? null : `A later push replaced it: ${hold.supersededBy}. `}
      {hold.state === "rejected" && hold.words !== "" ? `“${words}”` : words}
    </p>
  );
}
