/** What the pages of access show: the programs that a person has let in, and one that asks to be. */
import { systemClock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { limits } from "../../limits.ts";
import { addresses } from "../../server/addresses.ts";
import { may, rolesWithin } from "../../server/may.ts";
import { asMember, type Member } from "../../server/member.ts";
import type { Query } from "../../server/query.ts";
import { checkAuthorization } from "./authorization.ts";
import { type AskView, type AccessView, type ConsentView, type DeviceView, presentGrant } from "./present.ts";
import { whereTo } from "./redirect-uris.ts";
import { authorizationRequest } from "./schema.ts";

/** The person's own programs in this organization; and, for whoever may remove members, what others have let in and is still in. */
export async function readAccess(member: Member): Promise<AccessView> {
  const now = new Date(systemClock.now());
  const oversees = may(member, "members.change");
  return await asMember(member, async (tx) => {
    const own = await tx.controlAccessGrants.findMany({
      // What ran out without ever being taken up was never in.
      where: { personId: member.person, OR: [{ expiresAt: { gt: now } }, { usedAt: { not: null } }] },
      orderBy: { createdAt: "desc" },
      take: limits.accessPerPersonMax,
    });
    const others = oversees
      ? await tx.controlAccessGrants.findMany({
          where: { personId: { not: member.person }, revokedAt: null, expiresAt: { gt: now } },
          orderBy: { createdAt: "desc" },
          take: limits.accessListedMax,
        })
      : [];
    const people = others.map((row) => row.personId);
    const names = await tx.controlMembers.findMany({
      where: { personId: { in: people } },
      select: { personId: true, name: true, role: true },
    });
    const within: readonly string[] = rolesWithin(member);
    return {
      own: own.map((row) => presentGrant(row, now)),
      others: others.map((row) => {
        const whose = names.find((each) => each.personId === row.personId);
        return {
          ...presentGrant(row, now),
          person: whose?.name ?? row.personId,
          mayRevoke: whose !== undefined && within.includes(whose.role),
        };
      }),
      webOrigin: addresses().webOrigin,
    };
  });
}

/** What the page of a program that asks in the browser shows; a request that is refused says why, and leads nowhere. */
export async function readConsent(member: Member, query: Query): Promise<ConsentView> {
  const ask = askOf(member);
  const read = authorizationRequest.safeParse(query);
  if (!read.success) {
    const issue = read.error.issues[0];
    return {
      ask,
      problem: `The program's request cannot be read: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`,
    };
  }
  try {
    const { client, redirectUri, scope } = await checkAuthorization(read.data);
    return { ask, request: read.data, client: client.name, scope, to: whereTo(redirectUri) };
  } catch (error) {
    if (error instanceof Problem) return { ask, problem: error.message };
    throw error;
  }
}

/** What the page for a code begins with. */
export function readDevice(member: Member, query: Query): DeviceView {
  const code = typeof query["code"] === "string" ? query["code"].slice(0, 20) : "";
  return { ask: askOf(member), code };
}

function askOf(member: Member): AskView {
  return {
    person: member.personName,
    organization: { id: member.organization, name: member.organizationName },
    role: member.role,
    mayAct: may(member, "jobs.act"),
  };
}
