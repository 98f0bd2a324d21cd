/**
 * The texts of tokens, and who asks with one. A token names its organization, so that it is looked up under that organization's row-level
 * security (invariant 9): with another organization's name on it, it is found nowhere. Of a token the database has the SHA-256 alone.
 */
import { randomBytes } from "node:crypto";
import type { ControlTransaction } from "@nightgate/db/control";
import { systemClock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { limits } from "../limits.ts";
import { inOrganization } from "./database.ts";
import { type Member, memberNow } from "./member.ts";
import { digestOf } from "./session.ts";

/** `act` looks too. */
export const SCOPES = ["read", "act"] as const;
export type Scope = (typeof SCOPES)[number];

const LETTERS = { code: "c", access: "a", refresh: "r" } as const;
export type TokenKind = keyof typeof LETTERS;
const RANDOM_BYTES = 32;
const TOKEN = /^ng([car])_([0-9a-hjkmnp-tv-z]{12})_[A-Za-z0-9_-]{43}$/;

/** A new token of `kind` for one organization. */
export function newToken(kind: TokenKind, organization: string): string {
  return `ng${LETTERS[kind]}_${organization.replace(/^org_/, "")}_${randomBytes(RANDOM_BYTES).toString("base64url")}`;
}

/** The organization that a token of `kind` names; null for a text that is none. */
export function organizationOf(kind: TokenKind, token: string): string | null {
  const [, letter, organization] = TOKEN.exec(token) ?? [];
  return letter === LETTERS[kind] && organization !== undefined ? `org_${organization}` : null;
}

/** Who asks with a token: a member as of now, and what the program may do for them. */
export interface Access {
  id: string;
  member: Member;
  scope: Scope;
}

/** The access of a request's bearer token for `resource` (RFC 8707). Throws Problem token.refused. */
export async function accessOrRefuse(request: Request, resource: string): Promise<Access> {
  const [, token = ""] = /^Bearer ([\w-]{1,200})$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  const organization = organizationOf("access", token);
  const found = organization === null ? null : await findAccess(organization, token, resource);
  // Who is removed is out with the next request, whatever was granted before.
  const member = found === null ? null : await memberNow(found);
  if (found === null || member === null) throw new Problem("token.refused", {});
  return { id: found.id, member, scope: found.scope };
}

interface Found {
  id: string;
  organization: string;
  person: string;
  scope: Scope;
}

async function findAccess(organization: string, token: string, resource: string): Promise<Found | null> {
  return await inOrganization(organization, async (tx) => {
    const now = new Date(systemClock.now());
    const row = await tx.controlAccessTokens.findUnique({ where: { digest: digestOf(token) } });
    if (!row || row.kind !== "access" || row.expiresAt <= now) return null;
    const granted = await tx.controlAccessGrants.findUnique({ where: { id: row.grantId } });
    if (!granted || granted.revokedAt !== null || granted.expiresAt <= now || granted.resource !== resource)
      return null;
    await noteUse(tx, granted.id, granted.usedAt, now);
    const { id, personId: person } = granted;
    return { id, organization, person, scope: granted.scope === "act" ? "act" : "read" };
  });
}

async function noteUse(tx: ControlTransaction, id: string, usedAt: Date | null, now: Date): Promise<void> {
  if (usedAt !== null && now.getTime() - usedAt.getTime() < limits.sessionSeenEveryMs) return;
  await tx.controlAccessGrants.updateMany({ where: { id }, data: { usedAt: now } });
}
