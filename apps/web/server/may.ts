/**
 * Who may do what, as a sentence: `may(member, "jobs.act")`. This is the one table of roles; docs/features/people.md shows it, and a test compares.
 * Decisions about holds are not here: they belong to the gate, and no role makes an approver (invariant 4).
 */
import { Problem } from "@nightgate/shared/problems";
import { type Member, type Role, ROLES } from "./member.ts";

/** Each permission with the words that a refusal uses. */
export const PERMISSIONS = {
  "jobs.act": { roles: ["owner", "admin", "member"], words: "start or steer tasks" },
  "workstations.change": { roles: ["owner", "admin", "member"], words: "create or change workstations" },
  "workstations.remove": { roles: ["owner", "admin"], words: "remove workstations" },
  "members.see": { roles: ["owner", "admin", "member", "viewer"], words: "see who is a member" },
  "members.invite": { roles: ["owner", "admin"], words: "invite people or take invitations back" },
  "members.change": { roles: ["owner", "admin"], words: "change roles or remove members" },
} as const satisfies Record<string, { roles: readonly Role[]; words: string }>;
export type Permission = keyof typeof PERMISSIONS;

/** True when the member's role has the permission. */
export function may(member: Pick<Member, "role">, permission: Permission): boolean {
  const roles: readonly Role[] = PERMISSIONS[permission].roles;
  return roles.includes(member.role);
}

/** Throws Problem role.refused unless the member's role has the permission. */
export function mustBeAllowed(member: Pick<Member, "role">, permission: Permission): void {
  if (!may(member, permission)) throw new Problem("role.refused", { what: PERMISSIONS[permission].words });
}

/** The roles that a member may give, take away or invite to: none above their own, and none at all without the permission. */
export function rolesWithin(member: Pick<Member, "role">): readonly Role[] {
  if (!may(member, "members.change")) return [];
  return ROLES.slice(ROLES.indexOf(member.role));
}
