import type { ControlTransaction } from "@nightgate/db/control";
import { Problem } from "@nightgate/shared/problems";
import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
/** Who asks: a person in an organization, with a role. `asMember` is the only way from a request to tenant data (invariant 9). */
import { cache } from "react";
import { webConfig } from "../env.ts";
import { inNobody, inOrganization } from "./database.ts";
import { findSession, sessionCookieName } from "./session.ts";

export const ROLES = ["owner", "admin", "member", "viewer"] as const;
export type Role = (typeof ROLES)[number];

export interface Member {
  person: string;
  personName: string;
  organization: string;
  organizationName: string;
  role: Role;
}

/** The member whose session came with this request, or null. Asked once per request, however often it is called. */
export const currentMember = cache(async (): Promise<Member | null> => {
  const token = (await cookies()).get(sessionCookieName(webConfig().https))?.value;
  if (!token || token.length > 100) return null;
  const session = await inNobody(async (tx) => await findSession(tx, token));
  if (!session) return null;
  return await inOrganization(session.organization, async (tx) => {
    const organization = await tx.controlOrganizations.findUnique({
      where: { organizationId: session.organization },
    });
    const row = await tx.controlMembers.findUnique({
      where: { organizationId_personId: { organizationId: session.organization, personId: session.person } },
    });
    const role = ROLES.find((candidate) => candidate === row?.role);
    if (!organization || !row || !role) return null;
    return {
      person: session.person,
      personName: row.name,
      organization: session.organization,
      organizationName: organization.name,
      role,
    };
  });
});

/** For pages: the member, or off to the door, which leads back here after signing in. */
export async function requireMember(): Promise<Member> {
  const member = await currentMember();
  if (member) return member;
  const path = (await headers()).get("x-nightgate-path") ?? "/";
  redirect(path === "/" ? "/" : `/?return=${encodeURIComponent(path)}`);
}

/** For requests that are no pages: the member, or Problem sign-in.required. */
export async function memberOrRefuse(): Promise<Member> {
  const member = await currentMember();
  if (!member) throw new Problem("sign-in.required", {});
  return member;
}

/** Runs `work` on the rows of the member's organization and on no others (invariant 9). */
export async function asMember<Result>(
  member: Pick<Member, "organization">,
  work: (tx: ControlTransaction) => Promise<Result>,
): Promise<Result> {
  return await inOrganization(member.organization, work);
}
