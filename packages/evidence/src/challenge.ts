/** WebAuthn challenges that say what they are for. Each has a domain tag of its own: an assertion for one can never serve as another (attack W14). */
import type { VerdictDocument } from "@nightgate/shared/actions";
import { fromBase64Url, fromHex, lengthPrefixed, sha256, toBase64Url } from "./bytes.ts";
import { canonicalJson } from "./jcs.ts";

export interface DecisionFields {
  installation: string;
  organization: string;
  /** The log so far, as `logHeadText` writes it: every decision cosigns it. */
  logHead: string;
  hold: string;
  /** Hex. */
  actionDigest: string;
  /** The whole document: words and ticks are signed too. */
  verdict: VerdictDocument;
  /** 32 random bytes, base64url. */
  nonce: string;
}

/** The challenge of a decision, base64url. Invariant 3: what you see is what you sign. */
export function decisionChallenge(fields: DecisionFields): string {
  return hashed([
    "nightgate.decision.v1",
    fields.installation,
    fields.organization,
    fields.logHead,
    fields.hold,
    fromHex(fields.actionDigest),
    canonicalJson(fields.verdict),
    fromBase64Url(fields.nonce),
  ]);
}

/**
 * The challenge of a sheet: several decisions that one touch signs, each with a challenge of its own. Every one of them is in it, in order,
 * so the assertion holds for exactly these decisions and no other. `challenges` are base64url, at least two, each once.
 */
export function sheetChallenge(challenges: readonly string[]): string {
  return hashed(["nightgate.decisions.v1", String(challenges.length), ...challenges.map(fromBase64Url)]);
}

/** The challenge of a sign-in, base64url. It names no hold, so it decides nothing. */
export function signInChallenge(installation: string, nonce: string): string {
  return hashed(["nightgate.sign-in.v1", installation, fromBase64Url(nonce)]);
}

/** The challenge of a test on a device, base64url. It names no hold and opens no session: it shows that this device's passkey works. */
export function testChallenge(installation: string, person: string, nonce: string): string {
  return hashed(["nightgate.test.v1", installation, person, fromBase64Url(nonce)]);
}

/** The challenge under which a new passkey is made, base64url. */
export function enrolmentChallenge(installation: string, person: string, nonce: string): string {
  return hashed(["nightgate.enrolment.v1", installation, person, fromBase64Url(nonce)]);
}

/** A log's head as text that goes into a challenge: "<size>:<root in hex>". */
export function logHeadText(head: { size: number; root: string }): string {
  return `${head.size}:${head.root}`;
}

/** Reads `logHeadText`; null when it is not one. */
export function parseLogHead(text: string): { size: number; root: string } | null {
  const match = /^(0|[1-9][0-9]{0,15}):([0-9a-f]{64})$/.exec(text);
  if (!match?.[1] || !match[2]) return null;
  return { size: Number(match[1]), root: match[2] };
}

function hashed(fields: (Uint8Array | string)[]): string {
  return toBase64Url(sha256(lengthPrefixed(fields)));
}
