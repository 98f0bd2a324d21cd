"use client";
/** One workstation: how it is, how large, what it may use, what it worked on, and how to stop, start and remove it. */
import { ArrowLeft, Play, Square, Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { post } from "../../../browser/api.ts";
import { Button } from "../../../ui/button.tsx";
import { CopyId } from "../../../ui/copy-id.tsx";
import { Facts } from "../../../ui/facts.tsx";
import { Card, Page, Section } from "../../../ui/page.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { TaskLineRow } from "../../../ui/task-line.tsx";
import { bytes } from "../../../ui/time-words.ts";
import { Time } from "../../../ui/time.tsx";
import { WORKSTATION_STATES } from "../../../ui/workstation-words.ts";
import type { WorkstationView } from "../present.ts";
import type { WorkstationPage } from "../views.ts";
import { ConfirmChange } from "./confirm-change.tsx";
import { Resources } from "./resources.tsx";

type Change = "stop" | "remove";

export function WorkstationDetail({ page }: { page: WorkstationPage }): ReactNode {
  const { workstation } = page;
  const [asking, setAsking] = useState<Change | null>(null);
  const { want, problem } = useWanted(workstation.id, () => setAsking(null));
  const gone = workstation.wanted === "removed";
  return (
    <Page
      title={workstation.name}
      lead={<Back />}
      actions={
        page.can.change && !gone ? (
          <StartStop
            wanted={workstation.wanted}
            onStart={() => want("running")}
            onStop={() => setAsking("stop")}
          />
        ) : undefined
      }
    >
      <div className="mb-9 space-y-3">
        <ProblemNotice problem={problem} />
        <Summary workstation={workstation} />
      </div>
      <Resources resources={page.resources} addHref={page.addHref} policyHref={page.policyHref} />
      {page.tasks.length === 0 ? null : (
        <Section title="Newest tasks">
          <Card>
            {page.tasks.map((line) => (
              <TaskLineRow key={line.id} line={line} />
            ))}
          </Card>
        </Section>
      )}
      {page.can.remove && !gone ? <Remove onRemove={() => setAsking("remove")} /> : null}
      <ConfirmChange
        change={asking}
        name={workstation.name}
        onClose={() => setAsking(null)}
        onConfirm={(change) => want(change === "stop" ? "stopped" : "removed")}
      />
    </Page>
  );
}

function useWanted(
  id: string,
  onDone: () => void,
): { want: (wanted: WorkstationView["wanted"]) => void; problem: string | null } {
  const router = useRouter();
  const [problem, setProblem] = useState<string | null>(null);
  const want = (wanted: WorkstationView["wanted"]): void => {
    setProblem(null);
    void post(`/api/workstations/${id}`, { wanted }).then((answer) => {
      onDone();
      if (!answer.ok) return setProblem(answer.words);
      if (wanted === "removed") router.push("/workstations");
      router.refresh();
    });
  };
  return { want, problem };
}

function Back(): ReactNode {
  return (
    <Link href="/workstations" className="inline-flex items-center gap-1 text-sm hover:text-ink">
      <ArrowLeft aria-hidden="true" className="size-3.5" /> All workstations
    </Link>
  );
}

function Summary({ workstation }: { workstation: WorkstationView }): ReactNode {
  const state = WORKSTATION_STATES[workstation.state];
  return (
    <div className="rounded-lg border border-line bg-surface p-4 shadow-sm">
      <StateBadge label={state.label} tone={state.tone} live={state.live} />
      <p className="anywhere mt-1 text-sm text-muted">{workstation.detail || state.means}</p>
      <div className="mt-4 border-t border-line pt-4">
        <Facts
          facts={[
            {
              label: "Agents",
              value:
                workstation.agents.length === 0 ? "told when it is connected" : workstation.agents.join(", "),
            },
            {
              label: "Limits",
              value: `${workstation.cpus} CPU, ${bytes(workstation.memoryBytes)} memory, ${workstation.pids.toLocaleString("en-US")} processes`,
            },
            {
              label: "Started",
              value: workstation.startedAt === null ? "not running" : <Time at={workstation.startedAt} />,
            },
            { label: "Created", value: <Time at={workstation.createdAt} /> },
            { label: "Network", value: "none: only the gate's and the runner's sockets" },
            { label: "Id", value: <CopyId id={workstation.id} /> },
          ]}
        />
      </div>
    </div>
  );
}

function StartStop({
  wanted,
  onStart,
  onStop,
}: {
  wanted: string;
  onStart: () => void;
  onStop: () => void;
}): ReactNode {
  return wanted === "stopped" ? (
    <Button kind="primary" onClick={onStart}>
      <Play aria-hidden="true" className="size-4" /> Start
    </Button>
  ) : (
    <Button onClick={onStop}>
      <Square aria-hidden="true" className="size-3.5" /> Stop
    </Button>
  );
}

function Remove({ onRemove }: { onRemove: () => void }): ReactNode {
  return (
    <Section title="Remove">
      <div className="flex flex-wrap items-center justify-between gap-3 rounded-lg border border-line bg-surface p-4">
        <p className="max-w-lg text-sm text-muted">
          Deletes the container and everything in its home folder. Runs on it end. Nobody can undo this.
        </p>
        <Button kind="danger" onClick={onRemove}>
          <Trash2 aria-hidden="true" className="size-4" /> Remove
        </Button>
      </div>
    </Section>
  );
}
