/** The doctor: what is in a state that cannot be. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Doctor } from "../../../features/doctor/ui/doctor.tsx";
import { may } from "../../../server/may.ts";
import { requireMember } from "../../../server/member.ts";

export const metadata: Metadata = { title: "Doctor" };

export default async function DoctorPage(): Promise<ReactNode> {
  const member = await requireMember();
  return <Doctor mayLook={may(member, "jobs.act")} />;
}
