import type { ControlTransaction } from "@nightgate/db/control";
import { Problem } from "@nightgate/shared/problems";
import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
/** Who asks: a person in an organization, with a role. `asMember` is the only way from a request to tenant data (invariant 9). */
import { cache } from "react";
import { webConfig } from "../env.ts";
import { inNobody, inOrganization } from "./database.ts";
import { findSession, type Session, sessionCookieName } from "./session.ts";

export const ROLES = ["owner", "admin", "member", "viewer"] as const;
export type Role = (typeof ROLES)[number];

export interface Member {
  person: string;
  personName: string;
  organization: string;
  organizationName: string;
  role: Role;
}

/** What a request's session says: a member, somebody whose membership of that organization has ended, or nobody. */
type Asking = { member: Member } | { ended: { organizationName: string } } | null;

/** Asked once per request, however often it is called. The row decides anew each time: who is removed is out with the next request. */
const whoAsks = cache(async (): Promise<Asking> => {
  const session = await currentSession();
  return session ? await readAsking(session) : null;
});

/** The person's membership of an organization as it is now; null without one, or where it has ended. For whoever shows a token instead of a session. */
export async function memberNow(who: Pick<Session, "organization" | "person">): Promise<Member | null> {
  const asking = await readAsking(who);
  return asking && "member" in asking ? asking.member : null;
}

async function readAsking(session: Pick<Session, "organization" | "person">): Promise<Asking> {
  return await inOrganization(session.organization, async (tx) => {
    const name = await organizationName(tx, session.organization);
    const row = await tx.controlMembers.findUnique({
      where: { organizationId_personId: { organizationId: session.organization, personId: session.person } },
    });
    const role = ROLES.find((candidate) => candidate === row?.role);
    if (name === null) return null;
    if (!row || !role || row.removedAt !== null) return { ended: { organizationName: name } };
    return {
      member: {
        person: session.person,
        personName: row.name,
        organization: session.organization,
        organizationName: name,
        role,
      },
    };
  });
}

/** The gate's name of the organization, since that is what people sign under; web's own copy until the gate has told one. */
async function organizationName(tx: ControlTransaction, organization: string): Promise<string | null> {
  const atGate = await tx.gateOrganizationView.findFirst();
  if (atGate) return atGate.name;
  const own = await tx.controlOrganizations.findUnique({ where: { organizationId: organization } });
  return own?.name ?? null;
}

/** The live session that came with this request, or null. */
export const currentSession = cache(async (): Promise<Session | null> => {
  const token = (await cookies()).get(sessionCookieName(webConfig().https))?.value;
  if (!token || token.length > 100) return null;
  return await inNobody(async (tx) => await findSession(tx, token));
});

/** The member whose session came with this request, or null. */
export async function currentMember(): Promise<Member | null> {
  const asking = await whoAsks();
  return asking && "member" in asking ? asking.member : null;
}

/** The organization whose membership has ended for the session of this request, or null. */
export async function endedMembership(): Promise<{ organizationName: string } | null> {
  const asking = await whoAsks();
  return asking && "ended" in asking ? asking.ended : null;
}

/** True while the session lives and its person is a member of its organization: what a long answer asks in between. */
export async function stillMember(session: Session): Promise<boolean> {
  const there = await inNobody(
    async (tx) => await tx.controlSessions.count({ where: { tokenDigest: session.tokenDigest } }),
  );
  if (there === 0) return false;
  const asking = await readAsking(session);
  return asking !== null && "member" in asking;
}

/** For pages: the member, or off to the door, which leads back here after signing in. */
export async function requireMember(): Promise<Member> {
  const member = await currentMember();
  if (member) return member;
  const path = (await headers()).get("x-nightgate-path") ?? "/";
  redirect(path === "/" ? "/" : `/?return=${encodeURIComponent(path)}`);
}

/** For requests that are no pages: the member, or Problem sign-in.required, or membership.ended for somebody who was removed meanwhile. */
export async function memberOrRefuse(): Promise<Member> {
  const asking = await whoAsks();
  if (!asking) throw new Problem("sign-in.required", {});
  if ("ended" in asking)
    throw new Problem("membership.ended", { organization: asking.ended.organizationName });
  return asking.member;
}

/** The live session, or Problem sign-in.required. */
export async function sessionOrRefuse(): Promise<Session> {
  const session = await currentSession();
  if (!session) throw new Problem("sign-in.required", {});
  return session;
}

/** Runs `work` on the rows of the member's organization and on no others (invariant 9). */
export async function asMember<Result>(
  member: Pick<Member, "organization">,
  work: (tx: ControlTransaction) => Promise<Result>,
): Promise<Result> {
  return await inOrganization(member.organization, work);
}
