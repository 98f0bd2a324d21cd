"use client";
/** Where the person is signed in to this app; one, or all others, can be ended here. The gate's own sessions are listed at the gate. */
import { Laptop } from "lucide-react";
import type { ReactNode } from "react";
import { useAct } from "../../../browser/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Card, Section } from "../../../ui/page.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { Time } from "../../../ui/time.tsx";
import type { SessionView } from "../queries.ts";

export function Sessions({ sessions, gateHref }: { sessions: SessionView[]; gateHref: string }): ReactNode {
  const { act, busy, problem } = useAct();
  return (
    <Section
      title="Where you are signed in"
      count={sessions.length}
      actions={
        sessions.length > 1 ? (
          <Button
            kind="quiet"
            size="small"
            disabled={busy}
            onClick={() => act("/api/sessions/end", { which: "others" })}
          >
            End all others
          </Button>
        ) : undefined
      }
    >
      <Card>
        {sessions.map((session) => (
          <div key={session.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
            <Laptop aria-hidden="true" className="size-4 shrink-0 text-faint" />
            <div className="min-w-0 flex-1 basis-52">
              <p className="font-medium">
                {session.device}
                {session.current ? (
                  <span className="ml-2 text-sm font-normal text-good">this device</span>
                ) : null}
              </p>
              <p className="anywhere text-sm text-muted">
                seen <Time at={Date.parse(session.seenAt)} />, signed in{" "}
                <Time at={Date.parse(session.createdAt)} />
                {session.address === "" ? "" : ` from ${session.address}`}
              </p>
            </div>
            {session.current ? null : (
              <Button
                kind="quiet"
                size="small"
                disabled={busy}
                onClick={() => act("/api/sessions/end", { which: session.id })}
              >
                End<span className="sr-only"> the session on {session.device}</span>
              </Button>
            )}
          </div>
        ))}
      </Card>
      <ProblemNotice problem={problem} className="mt-2" />
      <p className="mt-2 text-sm text-faint">
        Where somebody can approve is another list:{" "}
        <a href={gateHref} className="text-accent-text underline underline-offset-2">
          sessions at the gate
        </a>
        .
      </p>
    </Section>
  );
}
