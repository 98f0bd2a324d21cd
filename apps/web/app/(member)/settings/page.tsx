/** Who you are here, and the ways out. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Settings } from "../../../features/sign-in/ui/settings.tsx";
import { addresses } from "../../../server/addresses.ts";
import { requireMember } from "../../../server/member.ts";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage(): Promise<ReactNode> {
  const member = await requireMember();
  return (
    <Settings
      person={member.personName}
      role={member.role}
      organization={{ id: member.organization, name: member.organizationName }}
      gateOrigin={addresses().gateOrigin}
    />
  );
}
