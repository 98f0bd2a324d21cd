"use client";
/** All named locks: who has what, who waits, and for owners and admins the way to take one away. */
import { LockOpen, Lock as LockSign } from "lucide-react";
import Link from "next/link";
import { type ReactNode, useState } from "react";
import { useVerb } from "../../../browser/use-verb.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { Card, Page } from "../../../ui/page.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { LockRun, LocksPage, LockView } from "../queries.ts";

export function LockList({ page }: { page: LocksPage }): ReactNode {
  return (
    <Page title="Locks" lead="What only so many tasks may use at once, such as a graphics card.">
      {page.locks.length === 0 ? (
        <Empty icon={<LockSign />} title="There is no lock yet">
          A task or a chain names a lock that it needs, such as <code>gpu</code>. It then begins only when
          fewer tasks than the lock allows have it.
        </Empty>
      ) : (
        <Card>
          {page.locks.map((lock) => (
            <LockRow key={lock.key} lock={lock} mayChange={page.mayChange} />
          ))}
        </Card>
      )}
    </Page>
  );
}

function LockRow({ lock, mayChange }: { lock: LockView; mayChange: boolean }): ReactNode {
  const free = lock.capacity - lock.held.length;
  return (
    <article aria-label={lock.name} className="px-4 py-4">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 className="anywhere font-medium">
          {lock.name}{" "}
          <span className="font-normal text-faint">
            {lock.workstation === null ? "of the organization" : `on ${lock.workstation}`}
          </span>
        </h2>
        <StateBadge
          label={places(free, lock.capacity)}
          tone={free > 0 ? "good" : lock.waiting.length > 0 ? "warn" : "neutral"}
        />
      </div>
      <Runs title="Has it" runs={lock.held} />
      <Runs title="Waits for it" runs={lock.waiting} />
      {mayChange && lock.held.length > 0 ? <Release lock={lock} /> : null}
    </article>
  );
}

function places(free: number, capacity: number): string {
  if (capacity === 1) return free > 0 ? "free" : "taken";
  return free > 0 ? `${free} of ${capacity} free` : `all ${capacity} taken`;
}

function Runs({ title, runs }: { title: string; runs: LockRun[] }): ReactNode {
  if (runs.length === 0) return null;
  return (
    <div className="mt-2 text-sm">
      <h3 className="text-faint">
        {title} <span className="tnum">{runs.length}</span>
      </h3>
      <ul>
        {runs.map((run) => (
          <li key={run.run} className="flex items-baseline gap-3">
            <Link href={`/jobs/${run.job}`} className="anywhere min-w-0 hover:underline">
              {visibleText(run.title)}
            </Link>
            <span className="shrink-0 text-faint">
              <Time at={run.since} />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Release({ lock }: { lock: LockView }): ReactNode {
  const { call, busy, problem } = useVerb();
  const [asking, setAsking] = useState(false);
  return (
    <div className="mt-2">
      <ProblemNotice problem={problem} className="mb-2" />
      <Button kind="plain" size="small" disabled={busy} onClick={() => setAsking(true)}>
        <LockOpen aria-hidden="true" className="size-3.5" /> Release
      </Button>
      <Confirm
        open={asking}
        title={`Release ${lock.name}?`}
        words="The tasks that have it go on without it, and others may begin beside them. Do this when what they hold is free in truth."
        confirm="Release the lock"
        onClose={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false);
          call("lock_release", { key: lock.key });
        }}
      />
    </div>
  );
}
