/** What the settings page shows of a person: themselves, their organizations, and where they are signed in. */
import { deviceName } from "@nightgate/shared/device-name";
import { addresses } from "../../server/addresses.ts";
import { inNobody } from "../../server/database.ts";
import type { Member } from "../../server/member.ts";
import { listSessions, type Session } from "../../server/session.ts";
import { readOrganizations } from "../members/queries.ts";

export interface SettingsView {
  person: string;
  role: string;
  organization: { id: string; name: string };
  organizations: { id: string; name: string }[];
  gateOrigin: string;
  sessions: SessionView[];
}

export interface SessionView {
  id: string;
  device: string;
  address: string;
  seenAt: string;
  createdAt: string;
  current: boolean;
}

export async function readSettings(member: Member, session: Session | null): Promise<SettingsView> {
  const sessions = session ? await inNobody(async (tx) => await listSessions(tx, session)) : [];
  return {
    person: member.personName,
    role: member.role,
    organization: { id: member.organization, name: member.organizationName },
    organizations: await readOrganizations(member),
    gateOrigin: addresses().gateOrigin,
    sessions: sessions.map((each) => ({
      id: each.id,
      device: deviceName(each.userAgent),
      address: each.address,
      seenAt: each.seenAt.toISOString(),
      createdAt: each.createdAt.toISOString(),
      current: each.current,
    })),
  };
}
