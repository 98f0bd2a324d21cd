/** Signing in through the gate: authorization code with PKCE (packages/shared/sign-in-token.ts tells the flow). Web sees no passkey. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { ControlTransaction } from "@nightgate/db/control";
import { Problem } from "@nightgate/shared/problems";
import {
  SIGN_IN_AUDIENCE,
  SIGN_IN_ISSUER,
  type SignInClaims,
  signInClaims,
  tokenAnswer,
} from "@nightgate/shared/sign-in-token";
import { createLocalJWKSet, errors as joseErrors, type JSONWebKeySet, jwtVerify } from "jose";
import { z } from "zod";
import { addresses } from "../../server/addresses.ts";
import { inNobody, inOrganization } from "../../server/database.ts";
import { askGate } from "../../server/gate-client.ts";
import type { Role } from "../../server/member.ts";
import { endSession, openSession } from "../../server/session.ts";
import { type PendingSignIn, pendingSignIn } from "./schema.ts";

const jwks = z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1).max(20) });
/** Clocks of two processes on one host differ by little; the token itself lives a minute. */
const CLOCK_TOLERANCE_SECONDS = 5;
const TOKEN_AGE_MAX = "2m";

/** Makes state and verifier for one attempt, and the gate's address to send the browser to. */
export function beginSignIn(
  returnTo: string,
  organization: string | null = null,
): { pending: PendingSignIn; location: string } {
  const pending = {
    state: randomBytes(24).toString("base64url"),
    verifier: randomBytes(48).toString("base64url"),
    return: returnTo,
    organization,
  };
  const location = new URL("/sign-in", addresses().gateOrigin);
  location.searchParams.set("state", pending.state);
  location.searchParams.set("challenge", createHash("sha256").update(pending.verifier).digest("base64url"));
  return { pending, location: location.href };
}

/** Reads the cookie of an attempt. Throws Problem sign-in.failed when there is none, or when `state` is another attempt's. */
export function resumeSignIn(cookie: string | undefined, state: string): PendingSignIn {
  const pending = pendingSignIn.safeParse(cookie ? jsonOrNull(cookie) : null);
  if (!pending.success)
    throw new Problem("sign-in.failed", { why: "it took too long, or this browser did not begin it" });
  if (!sameText(pending.data.state, state))
    throw new Problem("sign-in.failed", { why: "the answer belongs to another attempt" });
  return pending.data;
}

/** Swaps the gate's code for its token, records what the token says, opens a session and returns the session's token. */
export async function finishSignIn(
  code: string,
  pending: PendingSignIn,
  device: { userAgent: string; address: string },
): Promise<{ token: string; claims: SignInClaims }> {
  const claims = await claimsFor(code, pending.verifier);
  if (claims.organizations.length === 0)
    throw new Problem("sign-in.failed", { why: "you are in no organization of this installation" });
  for (const organization of claims.organizations) await recordMembership(claims, organization);
  const token = await inNobody(async (tx) => await openSession(tx, claims, device, pending.organization));
  return { token, claims };
}

/** Ends the session of this token. */
export async function signOut(token: string): Promise<void> {
  await inNobody(async (tx) => await endSession(tx, token));
}

async function claimsFor(code: string, verifier: string): Promise<SignInClaims> {
  const answer = await askGate("POST", "/api/token", { code, verifier });
  const token = tokenAnswer.safeParse(answer.body);
  if (answer.status !== 200 || !token.success)
    throw new Problem("sign-in.failed", {
      why: "the gate did not accept the code; it is used once and expires",
    });
  const keys = await askGate("GET", "/api/keys");
  const parsed = jwks.safeParse(keys.body);
  if (keys.status !== 200 || !parsed.success) throw new Problem("gate.away", {});
  try {
    const { payload } = await jwtVerify(token.data.token, createLocalJWKSet(parsed.data as JSONWebKeySet), {
      issuer: SIGN_IN_ISSUER,
      audience: SIGN_IN_AUDIENCE,
      algorithms: ["EdDSA", "Ed25519"],
      requiredClaims: ["exp", "iat"],
      maxTokenAge: TOKEN_AGE_MAX,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
    return signInClaims.parse(payload);
  } catch (error) {
    if (error instanceof joseErrors.JOSEError || error instanceof z.ZodError) {
      throw new Problem("sign-in.failed", { why: "the gate's token does not verify" }, { cause: error });
    }
    throw error;
  }
}

async function recordMembership(
  claims: SignInClaims,
  organization: SignInClaims["organizations"][number],
): Promise<void> {
  const name = organization.name.slice(0, 100) || organization.id;
  const personName = claims.name.slice(0, 100) || claims.person;
  await inOrganization(organization.id, async (tx) => {
    await tx.controlOrganizations.upsert({
      where: { organizationId: organization.id },
      create: { organizationId: organization.id, name },
      update: { name },
    });
    await tx.controlOrganizationDirectory.createMany({
      data: [{ id: organization.id }],
      skipDuplicates: true,
    });
    await keepMember(tx, { ...organization, person: claims.person, personName });
  });
}

/** A new member gets the role that the gate let them in with. From then on the role is web's, and only somebody who was removed and let in again starts anew. */
async function keepMember(
  tx: ControlTransaction,
  { id, role, person, personName }: { id: string; role: Role; person: string; personName: string },
): Promise<void> {
  const where = { organizationId_personId: { organizationId: id, personId: person } };
  const known = await tx.controlMembers.findUnique({ where });
  if (!known) {
    await tx.controlMembers.createMany({
      data: [{ organizationId: id, personId: person, name: personName, role }],
      skipDuplicates: true,
    });
    return;
  }
  const again = known.removedAt === null ? {} : { removedAt: null, role };
  if (known.name !== personName || known.removedAt !== null)
    await tx.controlMembers.update({ where, data: { name: personName, ...again } });
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // A cookie that is not ours reads like one that is not there.
  }
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
