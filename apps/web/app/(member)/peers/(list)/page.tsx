/** Who can be asked and told, and what was said. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { PeerQuestions } from "../../../../features/inbox/ui/peer-questions.tsx";
import { openPeers } from "../../../../features/peers/queries.ts";
import { messageListInput } from "../../../../features/peers/schema.ts";
import { Peers } from "../../../../features/peers/ui/peers.tsx";
import { requireMember } from "../../../../server/member.ts";
import type { Query } from "../../../../server/query.ts";

export const metadata: Metadata = { title: "Peers" };

export default async function PeersRoute({
  searchParams,
}: {
  searchParams: Promise<Query>;
}): Promise<ReactNode> {
  const member = await requireMember();
  const { show, before = null } = messageListInput.parse(await searchParams);
  const page = await openPeers(member, { show, before });
  return (
    <Peers page={page} questions={<PeerQuestions questions={page.questions} mayAnswer={page.mayWrite} />} />
  );
}
