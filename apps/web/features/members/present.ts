/** Every field about members and invitations that leaves for a page. */
import { rolesWithin } from "../../server/may.ts";
import { type Member, type Role, ROLES } from "../../server/member.ts";

export interface MemberView {
  person: string;
  name: string;
  role: Role;
  you: boolean;
  approves: boolean;
  since: string;
  /** The roles that may be given here; empty where nothing may be changed. */
  assignable: Role[];
}

export type InvitationState = "open" | "used" | "revoked" | "expired";

export interface InvitationView {
  id: string;
  note: string;
  role: Role;
  state: InvitationState;
  invitedBy: string;
  usedBy: string | null;
  createdAt: string;
  /** When it ended, or will. */
  until: string;
}

export interface MembersView {
  organizationName: string;
  members: MemberView[];
  invitations: InvitationView[];
  mayInvite: boolean;
  roles: Role[];
  approversHref: string;
}

const roleOf = (raw: string): Role => ROLES.find((role) => role === raw) ?? "viewer";

export function presentMember(
  row: { personId: string; name: string; role: string; createdAt: Date },
  seen: { member: Pick<Member, "person" | "role">; approvers: ReadonlySet<string> },
): MemberView {
  const within = rolesWithin(seen.member);
  const role = roleOf(row.role);
  return {
    person: row.personId,
    name: row.name,
    role,
    you: row.personId === seen.member.person,
    approves: seen.approvers.has(row.personId),
    since: row.createdAt.toISOString(),
    assignable: within.includes(role) ? [...within] : [],
  };
}

export function presentInvitation(
  row: {
    id: string;
    note: string;
    role: string;
    invitedBy: string;
    createdAt: Date;
    expiresAt: Date;
    revokedAt: Date | null;
  },
  seen: {
    names: ReadonlyMap<string, string>;
    use: { personId: string | null; usedAt: Date | null } | null;
    now: number;
  },
): InvitationView {
  const { use, names, now } = seen;
  const ended = use?.usedAt ?? row.revokedAt ?? row.expiresAt;
  return {
    id: row.id,
    note: row.note,
    role: roleOf(row.role),
    state: stateOf(row, use !== null, now),
    invitedBy: names.get(row.invitedBy) ?? "somebody who has left",
    usedBy: use === null ? null : (names.get(use.personId ?? "") ?? "somebody who has left"),
    createdAt: row.createdAt.toISOString(),
    until: ended.toISOString(),
  };
}

function stateOf(
  row: { expiresAt: Date; revokedAt: Date | null },
  used: boolean,
  now: number,
): InvitationState {
  if (used) return "used";
  if (row.revokedAt !== null) return "revoked";
  return row.expiresAt.getTime() <= now ? "expired" : "open";
}
