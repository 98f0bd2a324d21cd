/** Verifies a WebAuthn assertion offline (WebAuthn Level 3, section 7.2), from public values alone. The gate and `nightgate audit verify` share it. */
import { verify } from "node:crypto";
import { z } from "zod";
import { fromBase64Url, sameBytes, sha256, toBase64Url } from "./bytes.ts";
import { readCoseKey } from "./cose-key.ts";

const base64Url = z
  .string()
  .regex(/^[A-Za-z0-9_-]+$/)
  .max(20_000);

/** What is kept of an assertion: enough to verify it for ever. */
export const keptAssertion = z.strictObject({
  credential: base64Url,
  clientDataJSON: base64Url,
  authenticatorData: base64Url,
  signature: base64Url,
  userHandle: base64Url.nullable(),
});
export type KeptAssertion = z.infer<typeof keptAssertion>;

export interface AssertionExpectation {
  /** base64url. */
  challenge: string;
  /** The gate's own origins, from its settings. An auditor has more than one where the gate's port has changed. */
  origins: readonly string[];
  rpId: string;
  credential: string;
  /** COSE key, base64url. */
  publicKey: string;
}

const clientData = z.object({
  type: z.string(),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
  topOrigin: z.string().optional(),
});

const RP_ID_HASH_BYTES = 32;
const FLAGS_AT = 32;
const AUTHENTICATOR_DATA_BYTES_MIN = 37;
const USER_PRESENT = 1;
const USER_VERIFIED = 4;

/** Null when the assertion is what was expected; otherwise the reason in a few words. */
export function verifyAssertion(kept: KeptAssertion, expected: AssertionExpectation): string | null {
  return (
    verifyClientData(kept, expected) ??
    verifyAuthenticatorData(kept, expected) ??
    verifySignature(kept, expected)
  );
}

function verifyClientData(kept: KeptAssertion, expected: AssertionExpectation): string | null {
  if (kept.credential !== expected.credential) return "it was made with another passkey";
  const parsed = clientData.safeParse(parseJson(kept.clientDataJSON));
  if (!parsed.success) return "its client data cannot be read";
  if (parsed.data.type !== "webauthn.get") return "it is not an answer to a request to sign";
  if (parsed.data.challenge !== expected.challenge) return "it was made for something else";
  if (!expected.origins.includes(parsed.data.origin)) return "it was made on another site";
  // A page in somebody else's frame may never sign (invariant 3): browsers say so here.
  if (parsed.data.crossOrigin === true || parsed.data.topOrigin !== undefined)
    return "it was made inside another site's page";
  return null;
}

function verifyAuthenticatorData(kept: KeptAssertion, expected: AssertionExpectation): string | null {
  const data = fromBase64Url(kept.authenticatorData);
  const flags = data[FLAGS_AT];
  if (data.length < AUTHENTICATOR_DATA_BYTES_MIN || flags === undefined)
    return "its authenticator data cannot be read";
  if (!sameBytes(data.subarray(0, RP_ID_HASH_BYTES), sha256(expected.rpId)))
    return "it was made for another relying party";
  if ((flags & USER_PRESENT) === 0) return "nobody was present";
  if ((flags & USER_VERIFIED) === 0) return "the person was not verified";
  return null;
}

function verifySignature(kept: KeptAssertion, expected: AssertionExpectation): string | null {
  const passkey = readCoseKey(expected.publicKey);
  if (!passkey) return "the passkey's key is not of a kind that is accepted";
  const signed = Buffer.concat([
    fromBase64Url(kept.authenticatorData),
    sha256(fromBase64Url(kept.clientDataJSON)),
  ]);
  const digest = passkey.algorithm === -8 ? null : "sha256";
  return verify(digest, signed, passkey.key, fromBase64Url(kept.signature)) ? null : "its signature is wrong";
}

function parseJson(encoded: string): unknown {
  const text = Buffer.from(fromBase64Url(encoded)).toString("utf8");
  if (toBase64Url(fromBase64Url(encoded)) !== encoded) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null; // Not JSON: the caller says that it cannot be read.
  }
}
