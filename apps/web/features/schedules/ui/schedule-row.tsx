"use client";
/** One schedule: its times, its last fires, and what can be done with it. */
import { newId } from "@nightgate/shared/ids";
import { RUN_STATES } from "@nightgate/shared/run-states";
import Link from "next/link";
import { type ReactNode, useState, useSyncExternalStore } from "react";
import { useAct } from "../../../browser/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { TASK_STATES } from "../../../ui/task-states.ts";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import { hasSeconds, instantWords } from "../present.ts";
import type { FireView, ScheduleView } from "../queries.ts";

export function ScheduleRow({ row, mayChange }: { row: ScheduleView; mayChange: boolean }): ReactNode {
  return (
    <article
      id={row.id}
      aria-label={row.name}
      className="scroll-mt-4 space-y-2 px-4 py-4 target:bg-accent-ground"
    >
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1">
        <div className="min-w-0">
          <h2 className="anywhere font-medium">{visibleText(row.name)}</h2>
          <Link
            href={row.chain === null ? `/jobs/${row.job}` : `/chains/${row.chain.id}`}
            className="anywhere text-sm text-muted hover:underline"
          >
            {row.chain === null ? visibleText(row.prompt) : `The chain ${visibleText(row.chain.name)}`}
          </Link>
        </div>
        {row.paused ? <StateBadge label="Paused" tone="warn" /> : null}
      </div>
      <When row={row} />
      {row.paused && row.pauseReason !== "" ? (
        <p className="text-sm text-warn">Paused: {visibleText(row.pauseReason)}</p>
      ) : null}
      <Fires row={row} />
      {mayChange ? <Acts row={row} /> : null}
    </article>
  );
}

function When({ row }: { row: ScheduleView }): ReactNode {
  const zone = useViewerZone();
  return (
    <div className="text-sm">
      <p>
        {row.words === null ? null : `${capital(row.words)} `}
        {row.cron === null ? null : (
          <code className="rounded-sm bg-sunken px-1 text-muted">{row.cron}</code>
        )}{" "}
        <span className="text-faint">
          {row.timeZone}, {row.chain === null ? `${row.agent} on ` : "on "}
          {row.workstation}
        </span>
      </p>
      {row.nextAt === null ? (
        <p className="text-muted">Will not fire again.</p>
      ) : row.paused ? null : (
        <p className="text-muted">
          Next: <span className="tnum text-ink">{row.nextInZone}</span> (<Time at={row.nextAt} />)
          {zone === null || zone === row.timeZone ? null : (
            <span className="tnum text-faint">
              {" "}
              · for you {instantWords(new Date(row.nextAt), zone, hasSeconds(row.cron))}
            </span>
          )}
        </p>
      )}
    </div>
  );
}

function Fires({ row }: { row: ScheduleView }): ReactNode {
  if (row.fires.length === 0) return <p className="text-sm text-faint">Has not fired yet.</p>;
  return (
    <ul aria-label="Last fires" className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
      {row.fires.map((fire) => (
        <li key={fire.dueAt} className="inline-flex items-center gap-1.5">
          <Outcome fire={fire} row={row} />
          <span className="text-faint">
            <Time at={fire.dueAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Outcome({ fire, row }: { fire: FireView; row: ScheduleView }): ReactNode {
  if (fire.outcome === "missed") return <StateBadge label="Missed" tone="warn" />;
  if (fire.outcome === "overlap")
    return <StateBadge label="Left out: the one before was running" tone="neutral" />;
  const known = RUN_STATES.find((candidate) => candidate === fire.state) ?? "queued";
  const state = TASK_STATES[known];
  const href =
    row.chain === null || fire.night === null
      ? `/jobs/${row.job}`
      : `/chains/${row.chain.id}/nights/${fire.night}`;
  return (
    <Link href={href} className="hover:underline">
      <StateBadge label={state.label} tone={state.tone} live={state.live} />
    </Link>
  );
}

function Acts({ row }: { row: ScheduleView }): ReactNode {
  const { act, busy, problem } = useAct();
  const [deleting, setDeleting] = useState(false);
  const path = `/api/schedules/${row.id}`;
  return (
    <>
      <ProblemNotice problem={problem} />
      <div className="-ml-2.5 flex flex-wrap gap-1">
        <Button
          kind="quiet"
          size="small"
          disabled={busy}
          onClick={() => act(`${path}/fire`, { run: newId("run") })}
        >
          Run now
        </Button>
        <Button
          kind="quiet"
          size="small"
          disabled={busy}
          onClick={() => act(`${path}/pause`, { paused: !row.paused })}
        >
          {row.paused ? "Go on" : "Pause"}
        </Button>
        {row.chain === null ? (
          <Button kind="quiet" size="small" disabled={busy} onClick={() => setDeleting(true)}>
            Delete
          </Button>
        ) : null}
      </div>
      <Confirm
        open={deleting}
        title={`Delete ${visibleText(row.name)}?`}
        words="It does not fire again. Its runs and what they did stay."
        confirm="Delete schedule"
        onClose={() => setDeleting(false)}
        onConfirm={() => {
          setDeleting(false);
          act(`${path}/delete`);
        }}
      />
    </>
  );
}

/** The reader's own zone; null while the page is still the server's. */
export function useViewerZone(): string | null {
  return useSyncExternalStore(
    () => () => {},
    () => Intl.DateTimeFormat().resolvedOptions().timeZone,
    () => null,
  );
}

function capital(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
