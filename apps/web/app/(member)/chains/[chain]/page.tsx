/** One chain. */
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { openChain } from "../../../../features/chains/queries.ts";
import { chainInput } from "../../../../features/chains/schema.ts";
import { ChainDetail } from "../../../../features/chains/ui/chain-detail.tsx";
import { requireMember } from "../../../../server/member.ts";

export const metadata: Metadata = { title: "Chain" };

export default async function ChainPage({
  params,
}: {
  params: Promise<{ chain: string }>;
}): Promise<ReactNode> {
  const member = await requireMember();
  const input = chainInput.safeParse(await params);
  // Invariant 9: what is not an id, what does not exist and what belongs to others end here alike.
  const page = input.success ? await openChain(member, input.data.chain) : null;
  if (!page) notFound();
  return <ChainDetail page={page} />;
}
