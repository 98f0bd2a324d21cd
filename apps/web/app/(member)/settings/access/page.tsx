/** The programs that the person has let in. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { readAccess } from "../../../../features/access/queries.ts";
import { AccessList } from "../../../../features/access/ui/access-list.tsx";
import { requireMember } from "../../../../server/member.ts";

export const metadata: Metadata = { title: "Programs" };

export default async function AccessPage(): Promise<ReactNode> {
  return <AccessList view={await readAccess(await requireMember())} />;
}
