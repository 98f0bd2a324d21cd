/**
 * Who is in the organization, and as what. These rows are control data: they let somebody see and queue, and make nobody an approver.
 * An approver's seat is in the signed policy; here it can only be respected (invariant 4).
 */
import { createHash, randomBytes } from "node:crypto";
import type { ControlTransaction } from "@nightgate/db/control";
import { systemClock } from "@nightgate/shared/clock";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { limits } from "../../limits.ts";
import { addresses } from "../../server/addresses.ts";
import { inOrganization } from "../../server/database.ts";
import { mustBeAllowed, rolesWithin } from "../../server/may.ts";
import { asMember, type Member, type Role, ROLES } from "../../server/member.ts";
import { readPolicy } from "../workstations/queries.ts";

/** Makes an invitation. Its link is in the answer and nowhere else: only the digest of its secret is kept. */
export async function invite(
  member: Member,
  { role, note }: { role: Role; note: string },
): Promise<{ invitation: string; link: string; expiresAt: string }> {
  mustBeAllowed(member, "members.invite");
  refuseAbove(member, role);
  const token = randomBytes(32).toString("base64url");
  const invitation = newId("invitation");
  const expiresAt = new Date(systemClock.now() + limits.invitationMs);
  await asMember(member, async (tx) => {
    const used = await tx.gateInvitationUseView.findMany({ select: { invitationId: true } });
    const open = await tx.controlInvitations.count({
      where: {
        revokedAt: null,
        expiresAt: { gt: new Date(systemClock.now()) },
        id: { notIn: used.flatMap((row) => row.invitationId ?? []) },
      },
    });
    if (open >= limits.invitationsOpenMax)
      throw new Problem("too-many", { what: "open invitations", limit: limits.invitationsOpenMax });
    await tx.controlInvitations.create({
      data: {
        organizationId: member.organization,
        id: invitation,
        tokenDigest: createHash("sha256").update(token).digest("hex"),
        role,
        note,
        invitedBy: member.person,
        expiresAt,
      },
    });
  });
  // Behind the #, so that no server and no log on the way ever sees it.
  const link = `${addresses().gateOrigin}/join#${member.organization}.${token}`;
  return { invitation, link, expiresAt: expiresAt.toISOString() };
}

/** Takes an invitation back. One that was used stays used; the person is then a member, and removed as one. */
export async function revokeInvitation(member: Member, invitation: string): Promise<void> {
  mustBeAllowed(member, "members.invite");
  await asMember(member, async (tx) => {
    const row = await tx.controlInvitations.findUnique({ where: { id: invitation } });
    if (!row) throw new Problem("not-found", { what: "such invitation" });
    refuseAbove(member, roleOf(row.role));
    if (row.revokedAt === null)
      await tx.controlInvitations.update({
        where: { id: invitation },
        data: { revokedAt: new Date(systemClock.now()) },
      });
  });
}

/** Gives another role. Nobody gives or takes one above their own, and the last owner stays one. */
export async function changeRole(member: Member, person: string, role: Role): Promise<void> {
  mustBeAllowed(member, "members.change");
  await asMember(member, async (tx) => {
    const target = await lockedMember(tx, person);
    refuseAbove(member, target.role);
    refuseAbove(member, role);
    if (target.role === "owner" && role !== "owner") await refuseLastOwner(tx);
    await tx.controlMembers.updateMany({ where: { personId: person }, data: { role } });
  });
}

/** Removes a member: their next request and their open streams in this organization are answered with a refusal. */
export async function removeMember(member: Member, person: string): Promise<void> {
  mustBeAllowed(member, "members.change");
  await asMember(member, async (tx) => {
    const target = await lockedMember(tx, person);
    refuseAbove(member, target.role);
    await endMembership(tx, target);
  });
}

/** Leaves. Throws Problem member.last-owner or member.approves where somebody has to be found, or a signature made, first. */
export async function leave(member: Member): Promise<void> {
  await asMember(member, async (tx) => await endMembership(tx, await lockedMember(tx, member.person)));
}

/** The session's organization becomes another one of the person's. One that is not theirs answers as one that does not exist (invariant 9). */
export async function refuseUnlessIn(person: string, organization: string): Promise<void> {
  const row = await inOrganization(
    organization,
    async (tx) =>
      await tx.controlMembers.findUnique({
        where: { organizationId_personId: { organizationId: organization, personId: person } },
      }),
  );
  if (!row || row.removedAt !== null) throw new Problem("not-found", { what: "such organization" });
}

interface Target {
  person: string;
  name: string;
  role: Role;
}

/** The member, with the owners' rows locked: two who leave at the same time cannot both be the last but one. */
async function lockedMember(tx: ControlTransaction, person: string): Promise<Target> {
  const rows = await tx.$queryRaw<{ person_id: string; name: string; role: string }[]>`
    SELECT person_id, name, role FROM control.members
    WHERE removed_at IS NULL AND (role = 'owner' OR person_id = ${person}) ORDER BY person_id FOR UPDATE`;
  const row = rows.find((each) => each.person_id === person);
  if (!row) throw new Problem("not-found", { what: "such member" });
  return { person, name: row.name, role: roleOf(row.role) };
}

async function endMembership(tx: ControlTransaction, target: Target): Promise<void> {
  if (target.role === "owner") await refuseLastOwner(tx);
  const policy = await readPolicy(tx);
  if (policy?.approvers.some((approver) => approver.person === target.person) === true)
    throw new Problem("member.approves", { name: target.name });
  await tx.controlMembers.updateMany({
    where: { personId: target.person },
    data: { removedAt: new Date(systemClock.now()) },
  });
}

async function refuseLastOwner(tx: ControlTransaction): Promise<void> {
  if ((await tx.controlMembers.count({ where: { role: "owner", removedAt: null } })) <= 1)
    throw new Problem("member.last-owner", {});
}

function refuseAbove(member: Member, role: Role): void {
  if (!rolesWithin(member).includes(role))
    throw new Problem("role.refused", { what: `give, take away or invite to the role ${role}` });
}

function roleOf(raw: string): Role {
  return ROLES.find((role) => role === raw) ?? "owner"; // Unknown reads as the highest: then nobody below it may touch it.
}
