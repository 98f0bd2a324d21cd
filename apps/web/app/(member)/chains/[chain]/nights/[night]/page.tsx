/** One night of a chain. */
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { openNight } from "../../../../../../features/chains/queries.ts";
import { nightInput } from "../../../../../../features/chains/schema.ts";
import { NightDetail } from "../../../../../../features/chains/ui/night-detail.tsx";
import { requireMember } from "../../../../../../server/member.ts";

export const metadata: Metadata = { title: "Night" };

export default async function NightPage({
  params,
}: {
  params: Promise<{ chain: string; night: string }>;
}): Promise<ReactNode> {
  const member = await requireMember();
  const input = nightInput.safeParse(await params);
  // Invariant 9: what is not an id, what does not exist and what belongs to others end here alike.
  const page = input.success ? await openNight(member, input.data) : null;
  if (!page) notFound();
  return <NightDetail page={page} />;
}
