/**
 * Letting somebody in by an invitation, in the transaction that uses it up. The invitation is web's row and so control data:
 * what it can give is a membership, and never a seat among the approvers (invariant 4).
 */
import type { GateTransaction } from "@nightgate/db/gate";
import { z } from "zod";
import type { Admission } from "../core/store-ports.ts";

const role = z.enum(["owner", "admin", "member", "viewer"]);

export interface UsableInvitation {
  id: string;
  role: z.infer<typeof role>;
  expiresAt: Date;
}

/** The invitation of this secret, if it can still be used; null for every reason alike. */
export async function findInvitation(
  tx: GateTransaction,
  tokenDigest: string,
  now: Date,
): Promise<UsableInvitation | null> {
  const row = await tx.controlInvitations.findFirst({ where: { tokenDigest } });
  const wanted = role.safeParse(row?.role);
  if (!row || !wanted.success || row.revokedAt !== null || row.expiresAt <= now) return null;
  const used = await tx.gateInvitationUses.count({ where: { invitationId: row.id } });
  return used > 0 ? null : { id: row.id, role: wanted.data, expiresAt: row.expiresAt };
}

/** What it was used for, or null when nothing was done. The caller holds the organization's lock, so of two who use one link at once one finds it used. */
export async function admit(
  tx: GateTransaction,
  { organization, now, admission }: { organization: string; now: Date; admission: Admission },
): Promise<{ role: string; invitation: string } | null> {
  const invitation = await findInvitation(tx, admission.tokenDigest, now);
  if (!invitation) return null;
  const { person, enrolment } = admission;
  if (enrolment) {
    const { handle, passkey } = enrolment;
    await tx.gatePersons.create({ data: { ...person, handle, createdAt: now } });
    const { person: personId, counter, ...rest } = passkey;
    await tx.gatePasskeys.create({ data: { ...rest, personId, counter: BigInt(counter), createdAt: now } });
  }
  await tx.gateInvitationUses.create({
    data: { organizationId: organization, invitationId: invitation.id, personId: person.id, usedAt: now },
  });
  const key = { organizationId: organization, personId: person.id };
  await tx.gateMemberships.upsert({
    where: { organizationId_personId: key },
    create: { ...key, role: invitation.role, createdAt: now },
    // Whoever is let in again starts anew, with the role of this invitation.
    update: { role: invitation.role, createdAt: now },
  });
  return { role: invitation.role, invitation: invitation.id };
}
