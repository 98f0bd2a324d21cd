/** The jobs of a chain as a list: all that its picture says, and what each of them said. */
import { Lock } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { Card } from "../../../ui/page.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { Elapsed } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { ChainJobView } from "../present.ts";

export function JobList({ jobs }: { jobs: ChainJobView[] }): ReactNode {
  return (
    <Card>
      {jobs.map((job) => (
        <JobRow key={job.name} job={job} />
      ))}
    </Card>
  );
}

function JobRow({ job }: { job: ChainJobView }): ReactNode {
  return (
    <div className="flex flex-wrap gap-x-4 gap-y-1 px-4 py-3 md:flex-nowrap">
      {job.state === null ? null : (
        <span className="order-2 flex shrink-0 flex-col gap-0.5 md:order-1 md:w-44">
          <StateBadge label={job.state.label} tone={job.state.tone} live={job.state.live} />
          {job.triage === null ? null : (
            <StateBadge label={`Triage: ${job.triage.outcome}`} tone={job.triage.tone} />
          )}
        </span>
      )}
      <span className="order-1 w-full min-w-0 md:order-2 md:flex-1">
        <span className="anywhere font-medium">{job.name}</span>
        {job.words === "" ? null : (
          <span className="anywhere mt-0.5 line-clamp-3 block text-sm whitespace-pre-line text-muted">
            {visibleText(job.words)}
          </span>
        )}
        <span className="mt-0.5 flex flex-wrap items-center gap-x-3 text-sm text-faint">
          <span className="anywhere">{job.by}</span>
          {job.needs.length === 0 ? null : <span className="anywhere">after {job.needs.join(", ")}</span>}
          {job.hasTriage ? <span>triage first</span> : null}
          {job.hasCondition ? <span>not every night</span> : null}
          {job.locks.map((lock) => (
            <span key={lock} className="inline-flex items-center gap-1">
              <Lock aria-hidden="true" className="size-3" />
              <span className="sr-only">lock</span> {lock}
            </span>
          ))}
        </span>
      </span>
      <span className="order-3 flex shrink-0 items-center gap-3 text-sm text-faint max-md:ml-auto">
        {job.startedAt === null ? null : <Elapsed from={job.startedAt} to={job.endedAt} />}
        {job.task === null ? null : (
          <Link href={`/jobs/${job.task}`} className="font-medium text-accent-text hover:underline">
            Open task<span className="sr-only"> of {job.name}</span>
          </Link>
        )}
      </span>
    </div>
  );
}
