/** Where an MCP client sends its person to be let in (RFC 6749 section 4.1.1). */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { readConsent } from "../../../features/access/queries.ts";
import { Consent } from "../../../features/access/ui/consent.tsx";
import { requireMember } from "../../../server/member.ts";
import type { Query } from "../../../server/query.ts";

export const metadata: Metadata = { title: "Let a program in" };

export default async function AuthorizePage({
  searchParams,
}: {
  searchParams: Promise<Query>;
}): Promise<ReactNode> {
  return <Consent view={await readConsent(await requireMember(), await searchParams)} />;
}
