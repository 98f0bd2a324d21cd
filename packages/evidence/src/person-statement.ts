/**
 * What a person signs about themselves, outside of any hold: another passkey, one less, the wish to approve, a new recovery code.
 * A domain tag of its own: such an assertion decides no hold, and a decision's cannot serve here (attack W14).
 */
import { organizationId } from "@nightgate/shared/ids";
import { z } from "zod";
import { keptAssertion, type KeptAssertion, verifyAssertion } from "./assertion.ts";
import { fromBase64Url, lengthPrefixed, sha256, toBase64Url } from "./bytes.ts";
import { canonicalJson } from "./jcs.ts";

const credential = z.string().min(16).max(2048);
const publicKey = z.string().min(16).max(4096);
const name = z.string().min(1).max(100);

export const personStatement = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("passkey.add"), credential, publicKey, name }),
  z.strictObject({ kind: z.literal("passkey.remove"), credential }),
  /** The key that is to approve is the one that signs this. */
  z.strictObject({ kind: z.literal("approver.propose"), organization: organizationId, name }),
  /** The key that signs this is the founder's, and signs the first policy next. */
  z.strictObject({ kind: z.literal("organization.found"), name }),
  z.strictObject({ kind: z.literal("recovery.code") }),
]);
export type PersonStatement = z.infer<typeof personStatement>;

export const signedStatement = z.strictObject({
  person: z.string(),
  credential: z.string(),
  /** COSE key that the assertion verifies with, base64url. */
  publicKey: z.string(),
  statement: personStatement,
  nonce: z.string(),
  challenge: z.string(),
  assertion: keptAssertion,
});
export type SignedStatement = z.infer<typeof signedStatement>;

/** The challenge of a statement, base64url. */
export function statementChallenge(fields: {
  installation: string;
  person: string;
  statement: PersonStatement;
  /** 32 random bytes, base64url. */
  nonce: string;
}): string {
  const { installation, person, statement, nonce } = fields;
  return toBase64Url(
    sha256(
      lengthPrefixed([
        "nightgate.statement.v1",
        installation,
        person,
        canonicalJson(statement),
        fromBase64Url(nonce),
      ]),
    ),
  );
}

/** Null when the statement was signed with the key that it names; otherwise the reason in a few words. */
export function verifyStatement(
  signed: SignedStatement,
  gate: { installation: string; origins: readonly string[]; rpId: string },
): string | null {
  const { person, statement, nonce, credential: id, publicKey: key } = signed;
  const challenge = statementChallenge({ installation: gate.installation, person, statement, nonce });
  if (challenge !== signed.challenge) return "its challenge is not the one of this statement";
  const kept: KeptAssertion = signed.assertion;
  return verifyAssertion(kept, {
    challenge,
    origins: gate.origins,
    rpId: gate.rpId,
    credential: id,
    publicKey: key,
  });
}
