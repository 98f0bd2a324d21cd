/** All locks. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { openLocks } from "../../../features/locks/queries.ts";
import { LockList } from "../../../features/locks/ui/lock-list.tsx";
import { requireMember } from "../../../server/member.ts";

export const metadata: Metadata = { title: "Locks" };

export default async function LocksRoute(): Promise<ReactNode> {
  return <LockList page={await openLocks(await requireMember())} />;
}
