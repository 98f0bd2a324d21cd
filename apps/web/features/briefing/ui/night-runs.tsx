"use client";
/** Runs of a night, a line each: how it ended, what it was, what it changed, what it cost, and its own words about it. */
import { type BriefingRun, count, dollars, testWords } from "@nightgate/shared/briefing";
import Link from "next/link";
import type { ReactNode } from "react";
import { Card, Section } from "../../../ui/page.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { taskState } from "../../../ui/task-states.ts";
import { elapsed } from "../../../ui/time-words.ts";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";

export function NightRuns({ title, runs }: { title: string; runs: readonly BriefingRun[] }): ReactNode {
  if (runs.length === 0) return null;
  return (
    <Section title={title} count={runs.length}>
      <Card>
        {runs.map((run) => (
          <NightRun key={run.run} run={run} />
        ))}
      </Card>
    </Section>
  );
}

function NightRun({ run }: { run: BriefingRun }): ReactNode {
  const state = taskState(run.state);
  const words = run.error || run.result;
  return (
    <Link
      href={`/jobs/${run.job}`}
      className="flex flex-wrap gap-x-4 gap-y-1 px-4 py-3 transition-colors hover:bg-hover focus-visible:-outline-offset-2 md:flex-nowrap"
    >
      <span className="order-2 shrink-0 md:order-1 md:w-44">
        <StateBadge label={state.label} tone={state.tone} live={state.live} />
      </span>
      <span className="order-1 w-full min-w-0 md:order-2 md:flex-1">
        <span className="anywhere line-clamp-2 font-medium">{visibleText(run.title)}</span>
        {words === "" ? null : (
          <span className="anywhere mt-0.5 line-clamp-3 text-sm whitespace-pre-line text-muted">
            {visibleText(words)}
          </span>
        )}
        <span className="tnum mt-1 flex flex-wrap gap-x-3 text-sm text-faint">
          {factsOf(run).map(({ words: fact, bad }) => (
            <span key={fact} className={bad === true ? "text-bad" : undefined}>
              {fact}
            </span>
          ))}
        </span>
      </span>
      <span className="order-3 shrink-0 text-sm text-faint max-md:ml-auto md:w-24 md:text-right">
        {run.endedAt === null ? null : <Time at={run.endedAt} />}
      </span>
    </Link>
  );
}

interface Fact {
  words: string;
  bad?: boolean;
}

function factsOf({ workstation, agent, diff, tests, cost, startedAt, endedAt }: BriefingRun): Fact[] {
  const facts: Fact[] = [{ words: `${agent} on ${workstation}` }];
  if (diff !== null)
    facts.push({ words: `${count(diff.files, "file", "files")} +${diff.additions} −${diff.deletions}` });
  if (tests !== null) facts.push({ words: testWords(tests), bad: tests.failed > 0 });
  if (cost === null) facts.push({ words: "cost not known" });
  else if (cost > 0) facts.push({ words: dollars(cost) });
  if (startedAt !== null && endedAt !== null) facts.push({ words: elapsed(endedAt - startedAt) });
  return facts;
}
