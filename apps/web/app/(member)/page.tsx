/** Home: the inbox for a member, the door for everybody else. */
import type { ReactNode } from "react";
import { readInbox } from "../../features/inbox/queries.ts";
import { Inbox } from "../../features/inbox/ui/inbox.tsx";
import { doorView } from "../../features/sign-in/present.ts";
import { Door } from "../../features/sign-in/ui/door.tsx";
import { currentMember, endedMembership } from "../../server/member.ts";
import type { Query } from "../../server/query.ts";

export default async function HomePage({
  searchParams,
}: {
  searchParams: Promise<Query>;
}): Promise<ReactNode> {
  const member = await currentMember();
  if (!member) return <Door view={doorView(await searchParams, await endedMembership())} />;
  return <Inbox view={await readInbox(member)} />;
}
