/** What the pages of access show: the programs that a person has let in, and one that asks to be. */
import { systemClock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { limits } from "../../limits.ts";
import { may } from "../../server/may.ts";
import { asMember, type Member } from "../../server/member.ts";
import type { Query } from "../../server/query.ts";
import { checkAuthorization } from "./authorization.ts";
import { type AskView, type AccessLine, type ConsentView, type DeviceView, presentGrant } from "./present.ts";
import { whereTo } from "./redirect-uris.ts";
import { authorizationRequest } from "./schema.ts";

/** The person's own programs in this organization: those that are in, then those that are out. */
export async function readAccess(member: Member): Promise<AccessLine[]> {
  const now = new Date(systemClock.now());
  const rows = await asMember(
    member,
    async (tx) =>
      await tx.controlAccessGrants.findMany({
        where: { personId: member.person },
        orderBy: { createdAt: "desc" },
        take: limits.accessPerPersonMax,
      }),
  );
  return rows.map((row) => presentGrant(row, now));
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
