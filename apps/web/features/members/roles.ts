/** What each role is for, in one sentence that the pages and docs/features/people.md share. */
import type { Role } from "../../server/member.ts";

export const ROLE_WORDS: Record<Role, string> = {
  owner: "Everything, and the only ones who make other owners.",
  admin: "Invites people, changes roles, removes workstations and members.",
  member: "Queues and steers tasks, creates workstations.",
  viewer: "Looks, and changes nothing.",
};
