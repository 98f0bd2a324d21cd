/** From nothing to a running task. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { openSetup } from "../../../features/setup/queries.ts";
import { Setup } from "../../../features/setup/ui/setup.tsx";
import { requireMember } from "../../../server/member.ts";

export const metadata: Metadata = { title: "Set-up" };

export default async function SetupPage(): Promise<ReactNode> {
  return <Setup page={await openSetup(await requireMember())} />;
}
