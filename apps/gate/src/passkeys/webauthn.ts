import { type KeptAssertion, verifyAssertion } from "@nightgate/evidence/assertion";
/**
 * The only user of @simplewebauthn/server: options out, answers in, with what the library leaves open closed here. User verification is required,
 * the algorithms are pinned, origin and RP ID come from the settings, a page inside another site's frame is refused (invariant 3).
 */
import { fromBase64Url } from "@nightgate/evidence/bytes";
import { Problem } from "@nightgate/shared/problems";
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { z } from "zod";
import { LIMITS } from "../core/limits.ts";
import type { CeremonyAnswer, CeremonyOptions } from "../core/ports.ts";
import type { GateIdentity } from "../core/store-ports.ts";

/** EdDSA, ES256, RS256. */
const ALGORITHMS = [-8, -7, -257];

const base64Url = z
  .string()
  .regex(/^[A-Za-z0-9_-]+$/)
  .max(100_000);
const envelope = {
  id: base64Url,
  rawId: base64Url,
  type: z.literal("public-key"),
  authenticatorAttachment: z.enum(["platform", "cross-platform"]).optional().catch(undefined),
};
const assertionAnswer = z.object({
  ...envelope,
  response: z.object({
    clientDataJSON: base64Url,
    authenticatorData: base64Url,
    signature: base64Url,
    userHandle: base64Url.nullish(),
  }),
});
const registrationAnswer = z.object({
  ...envelope,
  response: z.object({
    clientDataJSON: base64Url,
    attestationObject: base64Url,
    transports: z.array(z.string().max(30)).max(10).optional(),
  }),
});
const clientData = z.object({
  challenge: base64Url,
  crossOrigin: z.boolean().optional(),
  topOrigin: z.string().optional(),
});

export interface ReadAssertion {
  challenge: string;
  kept: KeptAssertion;
}

export interface ReadRegistration {
  challenge: string;
  answer: z.infer<typeof registrationAnswer>;
}

export interface RegisteredPasskey {
  credential: string;
  publicKey: string;
  transports: string[];
  counter: number;
  backedUp: boolean;
}

/** The parts of an assertion. Throws Problem passkey.refused for what is none. */
export function readAssertion(answer: CeremonyAnswer): ReadAssertion {
  const parsed = assertionAnswer.safeParse(answer);
  if (!parsed.success) return refuse("it cannot be read");
  const { id, response } = parsed.data;
  const { clientDataJSON, authenticatorData, signature } = response;
  return {
    challenge: readClientData(clientDataJSON).challenge,
    kept: {
      credential: id,
      clientDataJSON,
      authenticatorData,
      signature,
      userHandle: response.userHandle ?? null,
    },
  };
}

/** The parts of a registration. Throws Problem passkey.refused for what is none, and for one made inside another site's page. */
export function readRegistration(answer: CeremonyAnswer): ReadRegistration {
  const parsed = registrationAnswer.safeParse(answer);
  if (!parsed.success) return refuse("it cannot be read");
  const data = readClientData(parsed.data.response.clientDataJSON);
  if (data.crossOrigin === true || data.topOrigin !== undefined)
    refuse("it was made inside another site's page");
  return { challenge: data.challenge, answer: parsed.data };
}

export interface AssertionRequest {
  challenge: string;
  /** Empty: any passkey of this gate that the person chooses. */
  credentials: readonly { credential: string; transports: string[] }[];
}

/** Options for navigator.credentials.get. */
export async function assertionOptions(
  identity: GateIdentity,
  { challenge, credentials }: AssertionRequest,
): Promise<CeremonyOptions> {
  const options = await generateAuthenticationOptions({
    rpID: identity.rpId,
    challenge: fresh(fromBase64Url(challenge)),
    userVerification: "required",
    timeout: LIMITS.challengeMs,
    ...(credentials.length > 0
      ? {
          allowCredentials: credentials.map(({ credential, transports }) => ({ id: credential, transports })),
        }
      : {}),
  });
  return { ...options };
}

export interface RegistrationRequest {
  challenge: string;
  handle: string;
  personName: string;
  exclude: readonly string[];
}

/** Options for navigator.credentials.create. */
export async function registrationOptions(
  identity: GateIdentity,
  { challenge, handle, personName, exclude }: RegistrationRequest,
): Promise<CeremonyOptions> {
  const options = await generateRegistrationOptions({
    rpName: "Nightgate",
    rpID: identity.rpId,
    userName: personName,
    userDisplayName: personName,
    userID: fresh(fromBase64Url(handle)),
    challenge: fresh(fromBase64Url(challenge)),
    timeout: LIMITS.challengeMs,
    attestationType: "none",
    excludeCredentials: exclude.map((id) => ({ id })),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    supportedAlgorithmIDs: ALGORITHMS,
  });
  return { ...options };
}

/** Verifies an assertion twice, by the library and by the offline verifier that auditors use. Returns the authenticator's counter. Throws Problem passkey.refused. */
export async function checkAssertion(
  identity: GateIdentity,
  kept: KeptAssertion,
  expected: { challenge: string; credential: string; publicKey: string; counter: number },
): Promise<number> {
  const why = verifyAssertion(kept, {
    ...expected,
    origins: [identity.origin],
    rpId: identity.rpId,
  });
  if (why) refuse(why);
  const { credential: id, clientDataJSON, authenticatorData, signature, userHandle } = kept;
  const verified = await verifyAuthenticationResponse({
    response: {
      id,
      rawId: id,
      type: "public-key",
      clientExtensionResults: {},
      response: { clientDataJSON, authenticatorData, signature, ...(userHandle ? { userHandle } : {}) },
    },
    expectedChallenge: expected.challenge,
    expectedOrigin: identity.origin,
    expectedRPID: identity.rpId,
    requireUserVerification: true,
    credential: {
      id: expected.credential,
      publicKey: fresh(fromBase64Url(expected.publicKey)),
      counter: expected.counter,
    },
  }).catch((error: unknown) => refuse("it did not verify", error));
  if (!verified.verified) refuse("its signature is wrong");
  return verified.authenticationInfo.newCounter;
}

/** Verifies a new passkey. Throws Problem passkey.refused. */
export async function checkRegistration(
  identity: GateIdentity,
  { answer, challenge }: ReadRegistration,
): Promise<RegisteredPasskey> {
  const { id, rawId, type, response } = answer;
  const { clientDataJSON, attestationObject } = response;
  const verified = await verifyRegistrationResponse({
    response: {
      id,
      rawId,
      type,
      clientExtensionResults: {},
      response: { clientDataJSON, attestationObject },
    },
    expectedChallenge: challenge,
    expectedOrigin: identity.origin,
    expectedRPID: identity.rpId,
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch((error: unknown) => refuse("it did not verify", error));
  if (!verified.verified) return refuse("it did not verify");
  const { credential, credentialBackedUp } = verified.registrationInfo;
  const publicKey = Buffer.from(credential.publicKey).toString("base64url");
  return {
    credential: credential.id,
    publicKey,
    transports: response.transports ?? [],
    counter: credential.counter,
    backedUp: credentialBackedUp,
  };
}

function readClientData(encoded: string): z.infer<typeof clientData> {
  try {
    return clientData.parse(JSON.parse(Buffer.from(encoded, "base64url").toString("utf8")));
  } catch (error) {
    return refuse("its client data cannot be read", error);
  }
}

/** A copy whose memory is its own: the library's types ask for it. */
function fresh(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function refuse(why: string, cause?: unknown): never {
  throw new Problem("passkey.refused", { why }, { cause });
}
