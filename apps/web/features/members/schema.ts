/** What the API takes about members, invitations and sessions. */
import { invitationId, organizationId, personId } from "@nightgate/shared/ids";
import { z } from "zod";
import { ROLES } from "../../server/member.ts";

export const inviteInput = z.object({
  role: z.enum(ROLES),
  /** Whom it is for, in the inviter's words. */
  note: z.string().trim().max(100).default(""),
});
export const invitationInput = z.object({ invitation: invitationId });
export const memberInput = z.object({ person: personId });
export const roleInput = z.object({ person: personId, role: z.enum(ROLES) });
export const switchInput = z.object({ organization: organizationId });
export const endSessionsInput = z.object({
  which: z.union([z.literal("others"), z.string().regex(/^[0-9a-f]{16}$/)]),
});
