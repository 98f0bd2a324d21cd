/** Who is in the organization, and who was invited. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { readMembers } from "../../../../features/members/queries.ts";
import { Members } from "../../../../features/members/ui/members.tsx";
import { requireMember } from "../../../../server/member.ts";

export const metadata: Metadata = { title: "Members" };

export default async function MembersPage(): Promise<ReactNode> {
  return <Members view={await readMembers(await requireMember())} />;
}
