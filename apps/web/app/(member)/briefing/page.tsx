/** The briefing of the last night, at any hour. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { openBriefing } from "../../../features/briefing/queries.ts";
import { BriefingView } from "../../../features/briefing/ui/briefing.tsx";
import { readInbox } from "../../../features/inbox/queries.ts";
import { NeedsYou } from "../../../features/inbox/ui/needs-you.tsx";
import { requireMember } from "../../../server/member.ts";

export const metadata: Metadata = { title: "Briefing" };

export default async function BriefingRoute(): Promise<ReactNode> {
  const member = await requireMember();
  const page = await openBriefing(member);
  const told = page.briefing.failures.map(({ run }) => run);
  return (
    <BriefingView
      page={page}
      title="Briefing"
      needs={<NeedsYou view={await readInbox(member)} told={told} />}
    />
  );
}
