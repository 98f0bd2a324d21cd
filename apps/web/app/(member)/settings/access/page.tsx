/** The programs that the person has let in. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { readAccess } from "../../../../features/access/queries.ts";
import { AccessList } from "../../../../features/access/ui/access-list.tsx";
import { addresses } from "../../../../server/addresses.ts";
import { requireMember } from "../../../../server/member.ts";

export const metadata: Metadata = { title: "Programs" };

export default async function AccessPage(): Promise<ReactNode> {
  return <AccessList lines={await readAccess(await requireMember())} webOrigin={addresses().webOrigin} />;
}
