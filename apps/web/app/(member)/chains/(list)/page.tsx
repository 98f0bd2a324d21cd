/** All chains. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { openChains } from "../../../../features/chains/queries.ts";
import { ChainList } from "../../../../features/chains/ui/chain-list.tsx";
import { requireMember } from "../../../../server/member.ts";

export const metadata: Metadata = { title: "Chains" };

export default async function ChainsPage(): Promise<ReactNode> {
  return <ChainList page={await openChains(await requireMember())} />;
}
