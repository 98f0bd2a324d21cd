"use client";
/** What the night has brought: failures first, then what waits, then results, then what runs next. */
import { type BriefingHold, type BriefingNote, dollars } from "@nightgate/shared/briefing";
import { HOLD_STATES } from "@nightgate/shared/hold-states";
import type { RunState } from "@nightgate/shared/run-states";
import { Moon } from "lucide-react";
import type { ReactNode } from "react";
import { Empty } from "../../../ui/empty.tsx";
import { holdState } from "../../../ui/hold-words.ts";
import { NextList } from "../../../ui/next-list.tsx";
import { Card, Page, Section } from "../../../ui/page.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { taskState } from "../../../ui/task-states.ts";
import { elapsed } from "../../../ui/time-words.ts";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { BriefingPage } from "../queries.ts";
import { NightRuns } from "./night-runs.tsx";

/** `needs` is what waits for somebody, as home shows it. */
export function BriefingView({
  page: { briefing, gateOrigin },
  title,
  needs,
}: {
  page: BriefingPage;
  title: string;
  needs: ReactNode;
}): ReactNode {
  return (
    <Page title={title} lead={<Lead page={briefing} />}>
      <NightRuns title="Went wrong" runs={briefing.failures} />
      {needs}
      {briefing.quiet ? (
        <div className="mb-9">
          <Empty icon={<Moon />} title="A quiet night">
            No task has run since yesterday evening, and nothing waits. Queue something for the next night.
          </Empty>
        </div>
      ) : null}
      <NightRuns title="Done" runs={briefing.results} />
      <Settled holds={briefing.settled} gateOrigin={gateOrigin} />
      <Notes notes={briefing.notes} />
      <NightRuns title="Still going" runs={briefing.going.filter(({ state }) => !needsSomebody(state))} />
      <NextList lines={briefing.next} />
    </Page>
  );
}

/** Then it stands among what waits for somebody, or the hold or question that it waits for does. */
function needsSomebody(state: RunState): boolean {
  return taskState(state).group === "needs";
}

function Lead({ page }: { page: BriefingPage["briefing"] }): ReactNode {
  const facts = [
    page.cost > 0 && `${dollars(page.cost)} of model calls`,
    page.costUnknown > 0 && `${page.costUnknown} at a cost that is not known`,
    page.workedMs > 0 && `${elapsed(page.workedMs)} at work`,
  ].filter((fact) => fact !== false);
  return (
    <>
      {page.headline}.{" "}
      <span className="text-faint">
        {facts.length === 0 ? null : `${facts.join(", ")}. `}
        Since <Time at={page.from} />.
      </span>
    </>
  );
}

function Settled({ holds, gateOrigin }: { holds: readonly BriefingHold[]; gateOrigin: string }): ReactNode {
  if (holds.length === 0) return null;
  return (
    <Section title="Settled at the gate" count={holds.length}>
      <Card>
        {holds.map((hold) => {
          const known = HOLD_STATES.find((each) => each === hold.state) ?? "unknown";
          const state = holdState(known);
          return (
            <a
              key={hold.hold}
              href={`${gateOrigin}/holds/${encodeURIComponent(hold.hold)}`}
              className="flex min-h-12 flex-wrap items-center gap-x-4 gap-y-0.5 px-4 py-2 transition-colors hover:bg-hover focus-visible:-outline-offset-2 md:flex-nowrap"
            >
              <span className="order-2 shrink-0 md:order-1 md:w-44">
                <StateBadge label={state.label} tone={state.tone} />
              </span>
              <span className="anywhere order-1 line-clamp-2 w-full min-w-0 md:order-2 md:flex-1">
                {visibleText(hold.title)}
              </span>
              <span className="order-3 text-sm text-faint max-md:ml-auto">
                <Time at={hold.createdAt} />
              </span>
            </a>
          );
        })}
      </Card>
    </Section>
  );
}

function Notes({ notes }: { notes: readonly BriefingNote[] }): ReactNode {
  if (notes.length === 0) return null;
  return (
    <Section title="What agents said" count={notes.length}>
      <Card>
        {notes.map((note) => (
          <div key={`${note.createdAt} ${note.text}`} className="px-4 py-2.5">
            <p className="text-sm text-faint">
              {note.workstation} <Time at={note.createdAt} />
            </p>
            <p className="anywhere mt-0.5 line-clamp-6 whitespace-pre-line">{visibleText(note.text)}</p>
          </div>
        ))}
      </Card>
    </Section>
  );
}
