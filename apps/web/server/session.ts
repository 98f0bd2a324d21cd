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

/** Opens a session for the wanted one of the person's organizations, else the first, and returns its token. */
export async function openSession(
  tx: ControlTransaction,
  claims: SignInClaims,
  device: { userAgent: string; address: string },
  wanted: string | null,
): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  const now = systemClock.now();
  await tx.controlSessions.create({
    data: {
      tokenDigest: digestOf(token),
      personId: claims.person,
      personName: claims.name,
      organizationId:
        (claims.organizations.find((each) => each.id === wanted) ?? claims.organizations[0])?.id ?? null,
      expiresAt: new Date(now + limits.sessionMs),
      userAgent: device.userAgent.slice(0, 300),
      address: device.address.slice(0, 100),
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

/** A session as its person sees it in a list. `id` names it and opens nothing. */
export interface SessionLine {
  id: string;
  userAgent: string;
  address: string;
  createdAt: Date;
  seenAt: Date;
  current: boolean;
}

const SESSION_ID_CHARACTERS = 16;
const sessionId = (tokenDigest: string): string => tokenDigest.slice(0, SESSION_ID_CHARACTERS);

/** The person's live sessions in all organizations, newest use first. */
export async function listSessions(tx: ControlTransaction, session: Session): Promise<SessionLine[]> {
  const rows = await tx.controlSessions.findMany({
    where: { personId: session.person, expiresAt: { gt: new Date(systemClock.now()) } },
    orderBy: { seenAt: "desc" },
    take: limits.sessionsListedMax,
  });
  return rows.map((row) => ({
    id: sessionId(row.tokenDigest),
    userAgent: row.userAgent,
    address: row.address,
    createdAt: row.createdAt,
    seenAt: row.seenAt,
    current: row.tokenDigest === session.tokenDigest,
  }));
}

/** Ends one of the person's sessions by its id, or all but the one that asks. Another person's is none of theirs: nothing happens then. */
export async function endSessions(
  tx: ControlTransaction,
  session: Session,
  which: { id: string } | "others",
): Promise<number> {
  const rows = await tx.controlSessions.findMany({
    where: { personId: session.person },
    select: { tokenDigest: true },
  });
  const doomed = rows
    .map((row) => row.tokenDigest)
    .filter((digest) =>
      which === "others" ? digest !== session.tokenDigest : sessionId(digest) === which.id,
    );
  const ended = await tx.controlSessions.deleteMany({ where: { tokenDigest: { in: doomed } } });
  return ended.count;
}

/** Turns the session to another organization; that its person is a member there is for the caller to have checked. */
export async function turnSession(
  tx: ControlTransaction,
  session: Session,
  organization: string,
): Promise<void> {
  await tx.controlSessions.updateMany({
    where: { tokenDigest: session.tokenDigest },
    data: { organizationId: organization },
  });
}
