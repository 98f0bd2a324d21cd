/** Who you are here, your organizations, where you are signed in, and the ways out. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { readSettings } from "../../../features/settings/queries.ts";
import { Settings } from "../../../features/settings/ui/settings.tsx";
import { currentSession, requireMember } from "../../../server/member.ts";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage(): Promise<ReactNode> {
  const member = await requireMember();
  return <Settings view={await readSettings(member, await currentSession())} />;
}
