"use client";
/** One night of a chain, which fills in as it goes on: the page is drawn anew when something has changed. */
import { ArrowLeft, Ban } from "lucide-react";
import Link from "next/link";
import { type ReactNode, useState } from "react";
import { useVerb } from "../../../browser/use-verb.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { Page } from "../../../ui/page.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { Elapsed } from "../../../ui/time.tsx";
import type { NightPage } from "../queries.ts";
import { JobList } from "./job-list.tsx";
import { ChainPicture } from "./picture.tsx";

export function NightDetail({ page }: { page: NightPage }): ReactNode {
  const { night, chain, jobs } = page;
  const done = jobs.filter((job) => job.endedAt !== null).length;
  return (
    <Page
      title={chain.name}
      lead={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span role="status" aria-live="polite">
            <StateBadge label={night.state.label} tone={night.state.tone} live={night.state.live} />
          </span>
          <span className="text-sm">
            {done} of {jobs.length} tasks over
          </span>
          {night.startedAt === null ? null : (
            <span className="text-sm">
              <Elapsed from={night.startedAt} to={night.endedAt} />
            </span>
          )}
          <span className="text-sm text-faint">
            {night.reason === "manual" ? "started by hand" : "by its schedule"}, for {night.plays}{" "}
            {night.timeZone}
          </span>
        </span>
      }
      actions={page.mayChange && !night.over ? <CancelNight night={night.id} /> : undefined}
    >
      <Link
        href={`/chains/${chain.id}`}
        className="mb-4 inline-flex items-center gap-1.5 text-sm text-muted hover:text-ink"
      >
        <ArrowLeft aria-hidden="true" className="size-3.5" /> The chain and its other nights
      </Link>
      <ChainPicture picture={page.picture} jobs={jobs} />
      <JobList jobs={jobs} />
    </Page>
  );
}

function CancelNight({ night }: { night: string }): ReactNode {
  const { call, busy, problem } = useVerb();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <ProblemNotice problem={problem} />
      <Button kind="danger" disabled={busy} onClick={() => setAsking(true)}>
        <Ban aria-hidden="true" className="size-4" /> Cancel night
      </Button>
      <Confirm
        open={asking}
        title="Cancel this night?"
        words="What goes is stopped, what has not begun never begins. What is done stays, and so do holds at the gate."
        confirm="Cancel night"
        onClose={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false);
          call("chain_cancel", { chain_run: night });
        }}
      />
    </>
  );
}
