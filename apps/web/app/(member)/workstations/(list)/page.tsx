/** All workstations. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { WorkstationList } from "../../../../features/workstations/ui/workstation-list.tsx";
import { openWorkstations } from "../../../../features/workstations/views.ts";
import { requireMember } from "../../../../server/member.ts";

export const metadata: Metadata = { title: "Workstations" };

export default async function WorkstationsPage(): Promise<ReactNode> {
  return <WorkstationList {...await openWorkstations(await requireMember())} />;
}
