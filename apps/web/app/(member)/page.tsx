/** Home: the inbox for a member, in the morning the briefing; the door for everybody else. */
import type { ReactNode } from "react";
import { morningBriefing, readNext } from "../../features/briefing/queries.ts";
import { BriefingView } from "../../features/briefing/ui/briefing.tsx";
import { readInbox } from "../../features/inbox/queries.ts";
import { Inbox } from "../../features/inbox/ui/inbox.tsx";
import { NeedsYou } from "../../features/inbox/ui/needs-you.tsx";
import { doorView } from "../../features/sign-in/present.ts";
import { Door } from "../../features/sign-in/ui/door.tsx";
import { currentMember, endedMembership } from "../../server/member.ts";
import type { Query } from "../../server/query.ts";
import { viewerZone } from "../../server/viewer-zone.ts";

export default async function HomePage({
  searchParams,
}: {
  searchParams: Promise<Query>;
}): Promise<ReactNode> {
  const member = await currentMember();
  if (!member) return <Door view={doorView(await searchParams, await endedMembership())} />;
  const view = await readInbox(member);
  const morning = await morningBriefing(member, await viewerZone());
  if (morning === null) return <Inbox view={view} next={await readNext(member)} />;
  const told = morning.briefing.failures.map(({ run }) => run);
  return <BriefingView page={morning} title="Good morning" needs={<NeedsYou view={view} told={told} />} />;
}
