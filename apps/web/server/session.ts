/** Web's own sessions: a random token in a host-only cookie, its SHA-256 as the row's key. Who somebody is, the gate has said at sign-in. */
import { createHash, randomBytes } from "node:crypto";
import type { ControlTransaction } from "@nightgate/db/control";
import { systemClock } from "@nightgate/shared/clock";
import type { SignInClaims } from "@nightgate/shared/sign-in-token";
import { limits } from "../limits.ts";

export interface Session {
  tokenDigest: string;
  person: string;
  personName: string;
  organization: string;
}

/** The session cookie's name; over https the browser itself makes sure that it is host-only and secure. */
export function sessionCookieName(https: boolean): string {
  return https ? "__Host-nightgate-web" : "nightgate-web";
}

/** What the database keeps of a token: its SHA-256, in hexadecimal. */
export function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Opens a session for the first of the person's organizations and returns its token. */
export async function openSession(
  tx: ControlTransaction,
  claims: SignInClaims,
  userAgent: string,
): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  const now = systemClock.now();
  await tx.controlSessions.create({
    data: {
      tokenDigest: digestOf(token),
      personId: claims.person,
      personName: claims.name,
      organizationId: claims.organizations[0]?.id ?? null,
      expiresAt: new Date(now + limits.sessionMs),
      userAgent: userAgent.slice(0, 300),
    },
  });
  await tx.controlSessions.deleteMany({ where: { expiresAt: { lt: new Date(now) } } });
  return token;
}

/** The live session of a token, or null. Notes now and then that it is in use. */
export async function findSession(tx: ControlTransaction, token: string): Promise<Session | null> {
  const row = await tx.controlSessions.findUnique({ where: { tokenDigest: digestOf(token) } });
  const now = systemClock.now();
  if (!row || row.expiresAt.getTime() <= now || row.organizationId === null) return null;
  if (now - row.seenAt.getTime() > limits.sessionSeenEveryMs) {
    await tx.controlSessions.updateMany({
      where: { tokenDigest: row.tokenDigest },
      data: { seenAt: new Date(now) },
    });
  }
  return {
    tokenDigest: row.tokenDigest,
    person: row.personId,
    personName: row.personName,
    organization: row.organizationId,
  };
}

/** Ends the session of a token; one that does not exist is as good as ended. */
export async function endSession(tx: ControlTransaction, token: string): Promise<void> {
  await tx.controlSessions.deleteMany({ where: { tokenDigest: digestOf(token) } });
}
