/** Before you go to bed. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { openEvening } from "../../../features/evening/queries.ts";
import { Evening } from "../../../features/evening/ui/evening.tsx";
import { requireMember } from "../../../server/member.ts";

export const metadata: Metadata = { title: "Before you go to bed" };

export default async function EveningRoute(): Promise<ReactNode> {
  return <Evening page={await openEvening(await requireMember())} />;
}
