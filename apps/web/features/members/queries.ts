/** Reads who is in the organization, who was invited, and who approves by the signed policy. */
import { systemClock } from "@nightgate/shared/clock";
import { limits } from "../../limits.ts";
import { addresses } from "../../server/addresses.ts";
import { inPerson } from "../../server/database.ts";
import { may, mustBeAllowed, rolesWithin } from "../../server/may.ts";
import { asMember, type Member } from "../../server/member.ts";
import { readPolicy } from "../workstations/queries.ts";
import {
  type InvitationView,
  type MemberView,
  type MembersView,
  presentInvitation,
  presentMember,
} from "./present.ts";

/** Everything that the members' page shows. */
export async function readMembers(member: Member): Promise<MembersView> {
  mustBeAllowed(member, "members.see");
  return await asMember(member, async (tx) => {
    const rows = await tx.controlMembers.findMany({
      where: { removedAt: null },
      orderBy: { createdAt: "asc" },
      take: limits.membersListedMax,
    });
    const policy = await readPolicy(tx);
    const approvers = new Set((policy?.approvers ?? []).map((approver) => approver.person));
    const names = new Map(rows.map((row) => [row.personId, row.name]));
    const members: MemberView[] = rows.map((row) => presentMember(row, { member, approvers }));
    const invitations: InvitationView[] = [];
    if (may(member, "members.invite")) {
      const uses = new Map((await tx.gateInvitationUseView.findMany()).map((use) => [use.invitationId, use]));
      const invited = await tx.controlInvitations.findMany({
        orderBy: { createdAt: "desc" },
        take: limits.invitationsListedMax,
      });
      const now = systemClock.now();
      for (const row of invited)
        invitations.push(presentInvitation(row, { names, use: uses.get(row.id) ?? null, now }));
    }
    return {
      members,
      invitations,
      organizationName: member.organizationName,
      mayInvite: may(member, "members.invite"),
      roles: [...rolesWithin(member)],
      approversHref: `${addresses().gateOrigin}/policy?organization=${member.organization}#approvers`,
    };
  });
}

/** The person's organizations, by name: for the switcher. */
export async function readOrganizations(
  member: Pick<Member, "person">,
): Promise<{ id: string; name: string }[]> {
  const rows = await inPerson(
    member.person,
    async (tx) =>
      await tx.controlMembers.findMany({
        where: { personId: member.person, removedAt: null },
        select: { organizationId: true },
      }),
  );
  const named: { id: string; name: string }[] = [];
  for (const { organizationId: id } of rows) {
    const name = await asMember({ organization: id }, async (tx) => {
      const atGate = await tx.gateOrganizationView.findFirst();
      return atGate?.name ?? (await tx.controlOrganizations.findFirst())?.name ?? id;
    });
    named.push({ id, name });
  }
  return named.toSorted((a, b) => a.name.localeCompare(b.name));
}
