"use client";
/** All schedules: when each fires next, and how its last fires went. */
import { CalendarClock, Plus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Button, ButtonLink } from "../../../ui/button.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { Modal } from "../../../ui/modal.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { Card, Page } from "../../../ui/page.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { NewTaskChoice } from "../../shell/queries.ts";
import type { SchedulesPage } from "../queries.ts";
import { NewSchedule } from "./new-schedule.tsx";
import { ScheduleRow } from "./schedule-row.tsx";

export function ScheduleList({ page, choice }: { page: SchedulesPage; choice: NewTaskChoice }): ReactNode {
  const [creating, setCreating] = useState(false);
  const button = page.mayChange ? (
    choice.workstations.length === 0 ? (
      <ButtonLink kind="primary" href="/setup">
        Go to set-up
      </ButtonLink>
    ) : (
      <Button kind="primary" onClick={() => setCreating(true)}>
        <Plus aria-hidden="true" className="size-4" /> New schedule
      </Button>
    )
  ) : undefined;
  const none = page.schedules.length === 0 && page.asked.length === 0;
  return (
    <Page
      title="Schedules"
      lead="Tasks that begin by themselves, at their times."
      actions={none ? undefined : button}
    >
      <Asked asked={page.asked} />
      {none ? (
        <Empty icon={<CalendarClock />} title="There is no schedule yet" action={button}>
          A schedule runs one task again and again: dependencies each night, flaky tests each Monday. Without
          one, nothing begins until a person asks for it. What it wants to send out is held as always.
        </Empty>
      ) : null}
      {page.schedules.length === 0 ? null : (
        <Card>
          {page.schedules.map((row) => (
            <ScheduleRow key={row.id} row={row} mayChange={page.mayChange} />
          ))}
        </Card>
      )}
      <Modal open={creating} onClose={() => setCreating(false)} label="New schedule" className="m-auto">
        <div className="p-4 md:p-6">
          <h2 className="text-md font-semibold">New schedule</h2>
          <NewSchedule choice={choice} onDone={() => setCreating(false)} />
        </div>
      </Modal>
    </Page>
  );
}

function Asked({ asked }: { asked: SchedulesPage["asked"] }): ReactNode {
  return asked.map((row) => (
    <div key={row.id} className="mb-3">
      {row.why === null ? (
        <Notice tone="neutral" role="status">
          {visibleText(row.name)}: the runner has not taken it up yet.
        </Notice>
      ) : (
        <Notice tone="bad" title={`${visibleText(row.name)} was not accepted`}>
          {row.why}
        </Notice>
      )}
    </div>
  ));
}
