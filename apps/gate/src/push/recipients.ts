/** Who is told of what. Rows are good enough for that, and never for whom to believe. */
import type { GateTransaction } from "@nightgate/db/gate";
import { policyDocument } from "@nightgate/shared/policy";

/** Those who may decide in the organization: the policy's approvers, and its owners before there is a policy. */
export async function decidersOf(tx: GateTransaction, organization: string): Promise<string[]> {
  const approvers = await approversOf(tx);
  // An approver of the signed policy is removed by a signature and not by a row.
  if (approvers !== null) return [...approvers];
  return (await membersOf(tx, organization))
    .filter(({ role }) => role === "owner")
    .map(({ person }) => person);
}

/** Whom a run is told to: its member, and the organization's owners and admins. */
export async function followersOf(
  tx: GateTransaction,
  organization: string,
  member: string,
): Promise<string[]> {
  return (await membersOf(tx, organization))
    .filter(({ person, role }) => person === member || role === "owner" || role === "admin")
    .map(({ person }) => person);
}

/** Whoever was removed is told nothing more, and is heard no more. */
export async function membersOf(
  tx: GateTransaction,
  organization: string,
): Promise<{ person: string; role: string }[]> {
  const members = await tx.gateMemberships.findMany({
    where: { organizationId: organization },
    select: { personId: true, role: true, createdAt: true },
  });
  const ended = await tx.controlMembers.findMany({ where: { removedAt: { not: null } } });
  return members
    .filter(
      (member) =>
        !ended.some(
          (row) => row.personId === member.personId && Number(row.removedAt) > Number(member.createdAt),
        ),
    )
    .map(({ personId, role }) => ({ person: personId, role }));
}

/** The approvers of the newest policy's row, null where there is none. */
async function approversOf(tx: GateTransaction): Promise<ReadonlySet<string> | null> {
  const row = await tx.gatePolicies.findFirst({ orderBy: { version: "desc" } });
  const read = policyDocument.safeParse(row?.document);
  return read.success ? new Set(read.data.approvers.map((approver) => approver.person)) : null;
}
