"use client";
/** What is in a state that cannot be: what it is, why, and what its repair would do. Nothing is done before somebody has read that and asked for it. */
import { humanVerbs } from "@nightgate/shared/verbs/human-verbs";
import { RefreshCw, Stethoscope } from "lucide-react";
import Link from "next/link";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { z } from "zod";
import { useVerb, type VerbAct } from "../../../browser/use-verb.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { Card, Page } from "../../../ui/page.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { SkeletonList } from "../../../ui/skeleton.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { visibleText } from "../../../ui/visible-text.ts";

const answer = humanVerbs.job_doctor.result;
type Answer = z.infer<typeof answer>;
type Finding = Answer["findings"][number];

const KINDS: Record<Finding["kind"], string> = {
  ghost: "Ghost",
  stuck: "Stuck",
  contradiction: "Contradiction",
};

export function Doctor({ mayLook }: { mayLook: boolean }): ReactNode {
  const { call, busy, problem } = useVerb();
  const [seen, setSeen] = useState<Answer | null>(null);
  const look = useRef(() => {
    call("job_doctor", {}, (result) => setSeen(answer.parse(result)));
  });
  useEffect(() => {
    if (mayLook) look.current();
  }, [mayLook]);
  return (
    <Page
      title="Doctor"
      lead="Looks for tasks and schedules in a state that cannot be, and says what would repair it."
      actions={
        mayLook ? (
          <Button disabled={busy} onClick={() => look.current()}>
            <RefreshCw aria-hidden="true" className="size-4" /> {busy ? "Looking…" : "Look again"}
          </Button>
        ) : undefined
      }
    >
      {mayLook ? null : (
        <Notice tone="neutral">Your role reads along; somebody who may act can have the doctor look.</Notice>
      )}
      <ProblemNotice problem={problem} title="The doctor could not look" className="mb-4" />
      {seen?.repaired == null ? null : (
        <div className="mb-4">
          <Notice tone="good" role="status" title="Done">
            {seen.repaired}
          </Notice>
        </div>
      )}
      {mayLook && seen === null && problem === null ? (
        <SkeletonList rows={3} label="The doctor is looking" />
      ) : null}
      {seen === null ? null : seen.findings.length === 0 ? (
        <Empty icon={<Stethoscope />} title="Nothing is wrong">
          No task and no schedule is in a state that cannot be.
        </Empty>
      ) : (
        <Card>
          {seen.findings.map((finding) => (
            <FindingRow key={finding.id} finding={finding} call={call} busy={busy} onSeen={setSeen} />
          ))}
        </Card>
      )}
    </Page>
  );
}

function FindingRow({
  finding,
  call,
  busy,
  onSeen,
}: {
  finding: Finding;
  call: VerbAct["call"];
  busy: boolean;
  onSeen: (answer: Answer) => void;
}): ReactNode {
  const [asking, setAsking] = useState(false);
  const { id, kind, what, why, repair, run } = finding;
  return (
    <article aria-label={what} className="space-y-1.5 px-4 py-4">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <StateBadge label={KINDS[kind]} tone={kind === "stuck" ? "warn" : "bad"} />
        <h2 className="anywhere font-medium">{visibleText(what)}</h2>
      </div>
      <p className="anywhere text-sm text-muted">{visibleText(why)}</p>
      {repair === null ? (
        <p className="text-sm text-muted">Only a person can repair this.</p>
      ) : (
        <p className="anywhere text-sm">The repair: {visibleText(repair)}</p>
      )}
      <div className="flex items-center gap-3">
        {repair === null ? null : (
          <Button size="small" disabled={busy} onClick={() => setAsking(true)}>
            Repair
          </Button>
        )}
        {run === null ? null : (
          <Link href={`/runs/${run}`} className="text-sm font-medium text-accent-text hover:underline">
            Open task
          </Link>
        )}
      </div>
      <Confirm
        open={asking}
        title="Repair this?"
        words={repair ?? ""}
        confirm="Repair"
        onClose={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false);
          call("job_doctor", { repair: id }, (result) => onSeen(answer.parse(result)));
        }}
      />
    </article>
  );
}
