/** What the agents of this organization remember. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { resourceNames } from "../../../features/memory/queries.ts";
import { Memories } from "../../../features/memory/ui/memories.tsx";
import { may } from "../../../server/may.ts";
import { requireMember } from "../../../server/member.ts";

export const metadata: Metadata = { title: "Memory" };

export default async function MemoryPage(): Promise<ReactNode> {
  const member = await requireMember();
  return <Memories mayChange={may(member, "jobs.act")} names={await resourceNames(member)} />;
}
