/** What a person has granted to a program, and its tokens: made, renewed, and ended as one family when something that is used once comes twice. */
import type { ControlTransaction } from "@nightgate/db/control";
import { systemClock } from "@nightgate/shared/clock";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { limits } from "../../limits.ts";
import { newToken, organizationOf, type Scope, type TokenKind } from "../../server/access-token.ts";
import { inOrganization } from "../../server/database.ts";
import { rolesWithin } from "../../server/may.ts";
import { type Member, memberNow } from "../../server/member.ts";
import { digestOf } from "../../server/session.ts";
import { refuse } from "./oauth-refusal.ts";

export interface Granting {
  organization: string;
  person: string;
  client: string;
  clientName: string;
  machine: string;
  address: string;
  resource: string;
  scope: Scope;
}

/** A token answer, as in RFC 6749 section 5.1. */
export interface TokenAnswer {
  access_token: string;
  token_type: "Bearer";
  expires_in: number;
  refresh_token: string;
  scope: string;
}

/** Lets a program in; it has no token yet, and is forgotten unless it gets one before `untilMs`. Throws Problem too-many. */
export async function openGrant(
  tx: ControlTransaction,
  granting: Granting,
  untilMs: number,
): Promise<string> {
  const now = systemClock.now();
  const live = await tx.controlAccessGrants.count({
    where: { personId: granting.person, revokedAt: null, expiresAt: { gt: new Date(now) } },
  });
  if (live >= limits.accessPerPersonMax)
    throw new Problem("too-many", { what: "programs with access", limit: limits.accessPerPersonMax });
  await forgetEnded(tx, granting.person, now);
  const id = newId("access");
  await tx.controlAccessGrants.create({
    data: {
      organizationId: granting.organization,
      id,
      personId: granting.person,
      clientId: granting.client,
      clientName: granting.clientName,
      machine: granting.machine,
      address: granting.address,
      resource: granting.resource,
      scope: granting.scope,
      expiresAt: new Date(now + untilMs),
    },
  });
  return id;
}

/** What ended long ago, and what ran out without ever being taken up. Their tokens go with them. */
async function forgetEnded(tx: ControlTransaction, person: string, now: number): Promise<void> {
  const long = { lt: new Date(now - limits.accessEndedMs) };
  await tx.controlAccessGrants.deleteMany({
    where: {
      personId: person,
      OR: [{ revokedAt: long }, { expiresAt: long }, { expiresAt: { lt: new Date(now) }, usedAt: null }],
    },
  });
}

/** Makes a token of a grant. The text is in the answer and nowhere else. */
export async function makeToken(
  tx: ControlTransaction,
  granted: { organization: string; id: string },
  kind: TokenKind,
  more: { lastsMs: number; redirectUri?: string; challenge?: string },
): Promise<string> {
  const token = newToken(kind, granted.organization);
  await tx.controlAccessTokens.create({
    data: {
      organizationId: granted.organization,
      digest: digestOf(token),
      grantId: granted.id,
      kind,
      redirectUri: more.redirectUri ?? null,
      challenge: more.challenge ?? null,
      expiresAt: new Date(systemClock.now() + more.lastsMs),
    },
  });
  return token;
}

/** An access token with the refresh token that follows it. */
export async function makeTokens(
  tx: ControlTransaction,
  granted: { organization: string; id: string; scope: Scope },
): Promise<TokenAnswer> {
  const access = await makeToken(tx, granted, "access", { lastsMs: limits.accessTokenMs });
  const refresh = await makeToken(tx, granted, "refresh", { lastsMs: limits.refreshTokenMs });
  await tx.controlAccessTokens.deleteMany({ where: { expiresAt: { lt: new Date(systemClock.now()) } } });
  // Invariant 12: however often a program renews, so many are kept.
  await tx.$executeRaw`
    DELETE FROM control.access_tokens WHERE grant_id = ${granted.id} AND digest IN (
      SELECT digest FROM control.access_tokens WHERE grant_id = ${granted.id}
      ORDER BY created_at DESC OFFSET ${limits.tokensPerAccessMax})`;
  return {
    access_token: access,
    token_type: "Bearer",
    expires_in: limits.accessTokenMs / 1000,
    refresh_token: refresh,
    scope: granted.scope === "act" ? "read act" : "read",
  };
}

/** What a code or a refresh token belongs to. */
export interface Taken {
  id: string;
  organization: string;
  person: string;
  client: string;
  resource: string;
  scope: Scope;
  redirectUri: string | null;
  challenge: string | null;
}

/**
 * Takes a token that is used once. `check` looks at what it belongs to before anything is made of it; what it refuses is used up all the same.
 * A token that comes a second time ends the whole grant: one of the two who have it has stolen it. Throws OAuth's invalid_grant.
 */
export async function exchange(
  kind: "code" | "refresh",
  token: string,
  check: (taken: Taken) => void,
): Promise<TokenAnswer> {
  const organization = organizationOf(kind, token);
  const taken =
    organization === null
      ? null
      : await inOrganization(organization, async (tx) => await takeOnce(tx, organization, kind, token));
  // Who is not a member any more gets nothing, and neither does a token that is not whole.
  if (taken === null || (await memberNow(taken)) === null) throw unusable();
  check(taken);
  return await inOrganization(taken.organization, async (tx) => {
    const kept = await tx.controlAccessGrants.updateMany({
      where: { id: taken.id, revokedAt: null, expiresAt: { gt: new Date(systemClock.now()) } },
      data:
        kind === "code"
          ? { expiresAt: new Date(systemClock.now() + limits.accessMs) }
          : { usedAt: new Date(systemClock.now()) },
    });
    if (kept.count !== 1) throw unusable();
    return await makeTokens(tx, taken);
  });
}

function unusable(): Problem {
  return refuse("invalid_grant", "the code or token was used already, has expired or was taken back");
}

async function takeOnce(
  tx: ControlTransaction,
  organization: string,
  kind: "code" | "refresh",
  token: string,
): Promise<Taken | null> {
  const now = new Date(systemClock.now());
  const digest = digestOf(token);
  const { count } = await tx.controlAccessTokens.updateMany({
    where: { digest, kind, usedAt: null, expiresAt: { gt: now } },
    data: { usedAt: now },
  });
  const row = await tx.controlAccessTokens.findUnique({ where: { digest } });
  if (!row || row.kind !== kind) return null;
  if (count !== 1) {
    if (row.usedAt !== null) await revoke(tx, row.grantId, "reused");
    return null;
  }
  const granted = await tx.controlAccessGrants.findUnique({ where: { id: row.grantId } });
  if (!granted || granted.revokedAt !== null || granted.expiresAt <= now) return null;
  return {
    id: granted.id,
    organization,
    person: granted.personId,
    client: granted.clientId,
    resource: granted.resource,
    scope: granted.scope === "act" ? "act" : "read",
    redirectUri: row.redirectUri,
    challenge: row.challenge,
  };
}

type Why = "person" | "program" | "reused";

/** Ends a grant with all of its tokens; one that has ended before stays as it ended. */
async function revoke(tx: ControlTransaction, id: string, why: Why): Promise<void> {
  await tx.controlAccessGrants.updateMany({
    where: { id, revokedAt: null },
    data: { revokedAt: new Date(systemClock.now()), revokedWhy: why },
  });
}

/** Takes back what a member has granted: one's own, or one's of whom one could also remove. Everything else is not there. Throws Problem not-found. */
export async function revokeGrant(member: Member, id: string): Promise<void> {
  await inOrganization(member.organization, async (tx) => {
    const found = await tx.controlAccessGrants.findUnique({ where: { id } });
    if (!found || !(await mayRevoke(tx, member, found.personId)))
      throw new Problem("not-found", { what: "such program" });
    await revoke(tx, id, "person");
  });
}

async function mayRevoke(tx: ControlTransaction, member: Member, person: string): Promise<boolean> {
  if (person === member.person) return true;
  const { organization } = member;
  const owner = await tx.controlMembers.findUnique({
    where: { organizationId_personId: { organizationId: organization, personId: person } },
  });
  return rolesWithin(member).some((role) => role === owner?.role);
}

/** Ends the grant of a token that its own program hands back (RFC 7009); a token that is none is as good as ended. */
export async function revokeByToken(token: string, client: string): Promise<void> {
  for (const kind of ["access", "refresh"] as const) {
    const organization = organizationOf(kind, token);
    if (organization === null) continue;
    await inOrganization(organization, async (tx) => {
      const row = await tx.controlAccessTokens.findUnique({ where: { digest: digestOf(token) } });
      const granted = row && (await tx.controlAccessGrants.findUnique({ where: { id: row.grantId } }));
      if (granted?.clientId === client) await revoke(tx, granted.id, "program");
    });
  }
}
