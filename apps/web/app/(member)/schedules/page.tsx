/** All schedules. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { openSchedules } from "../../../features/schedules/queries.ts";
import { ScheduleList } from "../../../features/schedules/ui/schedule-list.tsx";
import { readShell } from "../../../features/shell/queries.ts";
import { requireMember } from "../../../server/member.ts";

export const metadata: Metadata = { title: "Schedules" };

export default async function SchedulesPage(): Promise<ReactNode> {
  const member = await requireMember();
  const { choice } = await readShell(member);
  return <ScheduleList page={await openSchedules(member)} choice={choice} />;
}
