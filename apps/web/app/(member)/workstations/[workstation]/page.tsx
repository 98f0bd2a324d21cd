/** One workstation. */
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { workstationInput } from "../../../../features/workstations/schema.ts";
import { WorkstationDetail } from "../../../../features/workstations/ui/workstation-detail.tsx";
import { openWorkstation } from "../../../../features/workstations/views.ts";
import { requireMember } from "../../../../server/member.ts";

export const metadata: Metadata = { title: "Workstation" };

export default async function WorkstationPage({
  params,
}: {
  params: Promise<{ workstation: string }>;
}): Promise<ReactNode> {
  const member = await requireMember();
  const input = workstationInput.safeParse(await params);
  const page = input.success ? await openWorkstation(member, input.data.workstation) : null;
  if (!page) notFound();
  return <WorkstationDetail page={page} />;
}
