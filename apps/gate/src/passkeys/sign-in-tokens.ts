/** How web learns who signed in: a single-use code, bound to web's PKCE challenge, that its server swaps for a short token signed with the gate's key (architecture, section 8). */
import { createHash, createPublicKey, type KeyObject, randomBytes } from "node:crypto";
import type { GateDatabase } from "@nightgate/db/gate";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { SIGN_IN_AUDIENCE, SIGN_IN_ISSUER, type SignInClaims } from "@nightgate/shared/sign-in-token";
import { calculateJwkThumbprint, exportJWK, SignJWT } from "jose";
import { LIMITS } from "../core/limits.ts";
import type { People } from "../store/people.ts";

export interface SignInTokens {
  issue(person: string, challenge: string): Promise<string>;
  redeem(code: string, verifier: string): Promise<{ token: string }>;
  jwks(): Promise<Record<string, unknown>>;
}

export interface SignInTokensDeps {
  db: GateDatabase;
  people: Pick<People, "signedIn">;
  key: KeyObject;
  clock: Clock;
}

export function createSignInTokens({ db, people, key, clock }: SignInTokensDeps): SignInTokens {
  const publicJwk = async (): Promise<Record<string, unknown> & { kid: string }> => {
    const jwk = await exportJWK(createPublicKey(key));
    return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: "EdDSA", use: "sig" };
  };
  return {
    issue: async (person, challenge) => {
      // RFC 7636: S256 alone, 43 characters.
      if (!/^[A-Za-z0-9_-]{43}$/.test(challenge))
        throw new Problem("input.invalid", { why: "the challenge is not a SHA-256 in base64url" });
      const code = randomBytes(32).toString("base64url");
      const expiresAt = new Date(clock.now() + LIMITS.signInCodeMs);
      await db.asNobody(async (tx) => {
        await tx.gateSignInCodes.deleteMany({ where: { expiresAt: { lt: new Date(clock.now()) } } });
        await tx.gateSignInCodes.create({
          data: {
            codeDigest: sha256(code).toString("hex"),
            personId: person,
            verifierChallenge: challenge,
            expiresAt,
          },
        });
      });
      return code;
    },
    redeem: async (code, verifier) => {
      const person = await take(db, clock, code, verifier);
      const claims = person === null ? null : await people.signedIn(person);
      if (!claims) throw new Problem("challenge.unusable", {});
      return { token: await signed(claims, key, clock, (await publicJwk()).kid) };
    },
    jwks: async () => ({ keys: [await publicJwk()] }),
  };
}

async function take(db: GateDatabase, clock: Clock, code: string, verifier: string): Promise<string | null> {
  const now = new Date(clock.now());
  return await db.asNobody(async (tx) => {
    const [row] = await tx.$queryRaw<{ person_id: string; verifier_challenge: string }[]>`
      UPDATE gate.sign_in_codes SET used_at = ${now} WHERE code_digest = ${sha256(code).toString("hex")} AND used_at IS NULL AND expires_at > ${now}
      RETURNING person_id, verifier_challenge`;
    return row && sha256(verifier).toString("base64url") === row.verifier_challenge ? row.person_id : null;
  });
}

async function signed(claims: SignInClaims, key: KeyObject, clock: Clock, kid: string): Promise<string> {
  const seconds = Math.floor(clock.now() / 1000);
  return await new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "EdDSA", kid, typ: "JWT" })
    .setIssuer(SIGN_IN_ISSUER)
    .setAudience(SIGN_IN_AUDIENCE)
    .setSubject(claims.person)
    .setJti(randomBytes(16).toString("base64url"))
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + LIMITS.signInTokenSeconds)
    .sign(key);
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
