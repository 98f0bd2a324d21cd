"use client";
/** One chain: what it does in which order, when it begins next, and how its last nights went. */
import { ArrowLeft, Play } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { useVerb } from "../../../browser/use-verb.ts";
import { Button } from "../../../ui/button.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { Card, Page, Section } from "../../../ui/page.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { Elapsed, Time } from "../../../ui/time.tsx";
import type { NightView } from "../present.ts";
import type { ChainPage } from "../queries.ts";
import { ChangeChain } from "./change-chain.tsx";
import { JobList } from "./job-list.tsx";
import { ChainPicture } from "./picture.tsx";

export function ChainDetail({ page }: { page: ChainPage }): ReactNode {
  const { call, busy, problem } = useVerb();
  return (
    <Page
      title={page.name}
      lead={`${page.jobs.length} tasks on ${page.workstation}${page.enabled ? "" : ", paused"}`}
      actions={
        page.mayChange ? (
          <>
            <ChangeChain page={page} />
            <Button kind="primary" disabled={busy} onClick={() => call("chain_run", { chain: page.id })}>
              <Play aria-hidden="true" className="size-4" /> {busy ? "Starting…" : "Run now"}
            </Button>
          </>
        ) : undefined
      }
    >
      <Link
        href="/chains"
        className="mb-4 inline-flex items-center gap-1.5 text-sm text-muted hover:text-ink"
      >
        <ArrowLeft aria-hidden="true" className="size-3.5" /> All chains
      </Link>
      <ProblemNotice problem={problem} className="mb-4" />
      {page.jobs.length === 0 ? (
        <Notice tone="bad" title="Its document cannot be read">
          This version of Nightgate does not understand it. Apply it again to see what is wrong and where.
        </Notice>
      ) : (
        <Section title="Tasks" count={page.jobs.length}>
          <ChainPicture picture={page.picture} jobs={page.jobs} />
          <JobList jobs={page.jobs} />
        </Section>
      )}
      <Nights chain={page.id} nights={page.nights} />
      <NextNights page={page} />
      <Section title="Document">
        <pre
          tabIndex={0}
          aria-label="The chain's document"
          className="overflow-x-auto rounded-lg border border-line bg-surface p-4 font-mono text-xs"
        >
          {page.document}
        </pre>
      </Section>
    </Page>
  );
}

function Nights({ chain, nights }: { chain: string; nights: NightView[] }): ReactNode {
  if (nights.length === 0) return null;
  return (
    <Section title="Last nights">
      <Card>
        {nights.map((night) => (
          <Link
            key={night.id}
            href={`/chains/${chain}/nights/${night.id}`}
            className="flex min-h-12 flex-wrap items-center gap-x-4 gap-y-0.5 px-4 py-2 transition-colors hover:bg-hover focus-visible:-outline-offset-2"
          >
            <span className="shrink-0 md:w-52">
              <StateBadge label={night.state.label} tone={night.state.tone} live={night.state.live} />
            </span>
            <span className="min-w-0 text-sm text-muted max-md:order-last max-md:w-full md:flex-1">
              {night.reason === "manual" ? "started by hand" : "by its schedule"}, for {night.plays}
            </span>
            <span className="flex shrink-0 gap-3 text-sm text-faint max-md:ml-auto">
              {night.startedAt === null ? null : <Elapsed from={night.startedAt} to={night.endedAt} />}
              {night.startedAt === null ? null : <Time at={night.startedAt} />}
            </span>
          </Link>
        ))}
      </Card>
    </Section>
  );
}

function NextNights({ page }: { page: ChainPage }): ReactNode {
  if (page.next.length === 0) return null;
  return (
    <Section title="Next nights">
      <ol className="tnum space-y-1 text-sm text-muted">
        {page.next.map((fire) => (
          <li key={fire.at}>
            {fire.words} <span className="text-faint">{fire.timeZone}</span> (<Time at={fire.at} />)
          </li>
        ))}
      </ol>
    </Section>
  );
}
