"use client";
/** All workstations, and a new one. */
import { Monitor, Plus } from "lucide-react";
import Link from "next/link";
import { type ReactNode, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { Modal } from "../../../ui/modal.tsx";
import { Card, Page } from "../../../ui/page.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { bytes } from "../../../ui/time-words.ts";
import { WORKSTATION_STATES } from "../../../ui/workstation-words.ts";
import type { WorkstationView } from "../present.ts";
import { CreateWorkstation } from "./create-workstation.tsx";

export function WorkstationList({
  workstations,
  mayCreate,
}: {
  workstations: WorkstationView[];
  mayCreate: boolean;
}): ReactNode {
  const [creating, setCreating] = useState(false);
  const button = mayCreate ? (
    <Button kind="primary" onClick={() => setCreating(true)}>
      <Plus aria-hidden="true" className="size-4" /> New workstation
    </Button>
  ) : undefined;
  return (
    <Page
      title="Workstations"
      lead="Persistent Linux machines for agents. They have no network; what they reach, they reach through the gate."
      actions={workstations.length === 0 ? undefined : button}
    >
      {workstations.length === 0 ? (
        <Empty icon={<Monitor />} title="There is no workstation yet" action={button}>
          A workstation keeps its files between tasks: repositories, caches, the agents&apos; sessions.
        </Empty>
      ) : (
        <Card>
          {workstations.map((row) => (
            <WorkstationLine key={row.id} row={row} />
          ))}
        </Card>
      )}
      <Modal open={creating} onClose={() => setCreating(false)} label="New workstation">
        <div className="p-6">
          <h2 className="text-md font-semibold">New workstation</h2>
          <CreateWorkstation
            taken={workstations.map((row) => row.name)}
            onCreated={() => setCreating(false)}
            onCancel={() => setCreating(false)}
          />
        </div>
      </Modal>
    </Page>
  );
}

function WorkstationLine({ row }: { row: WorkstationView }): ReactNode {
  const state = WORKSTATION_STATES[row.state];
  return (
    <Link
      href={`/workstations/${row.id}`}
      className="flex min-h-16 flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3 transition-colors hover:bg-hover focus-visible:-outline-offset-2"
    >
      <span className="min-w-0 flex-1 basis-48">
        <span className="block truncate font-medium">{row.name}</span>
        <span className="block truncate text-sm text-muted">{row.detail || state.means}</span>
      </span>
      <span className="tnum text-sm text-faint max-md:hidden">
        {row.cpus} CPU, {bytes(row.memoryBytes)}
      </span>
      <span className="md:w-32 md:text-right">
        <StateBadge label={state.label} tone={state.tone} live={state.live} />
      </span>
    </Link>
  );
}
