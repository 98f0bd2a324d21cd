/** Who may do what, as a sentence: `may(member, "jobs.act")`. Decisions about holds are not here: they belong to the gate. */
import { Problem } from "@nightgate/shared/problems";
import type { Member, Role } from "./member.ts";

/** Each permission with the words that a refusal uses. */
const PERMISSIONS = {
  "jobs.act": { roles: ["owner", "admin", "member"], words: "start or steer tasks" },
  "workstations.change": { roles: ["owner", "admin", "member"], words: "create or change workstations" },
  "workstations.remove": { roles: ["owner", "admin"], words: "remove workstations" },
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
