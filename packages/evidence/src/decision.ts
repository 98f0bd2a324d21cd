/** Verifies a decision from evidence alone: the assertion, over a challenge that is computed anew, with a passkey of the policy. A row is not proof (invariant 4). */
import type { VerdictDocument } from "@nightgate/shared/actions";
import type { Approver } from "@nightgate/shared/policy";
import { type KeptAssertion, verifyAssertion } from "./assertion.ts";
import { decisionChallenge, sheetChallenge } from "./challenge.ts";

export interface DecisionEvidence {
  person: string;
  credential: string;
  verdict: VerdictDocument;
  nonce: string;
  logHead: string;
  challenge: string;
  /** The challenges of the whole sheet, this one among them, where one touch signed several decisions. */
  batch?: string[] | undefined;
  assertion: KeptAssertion;
}

/** What the decision must have been about, from sources that the decision's own row cannot change. */
export interface DecisionSubject {
  installation: string;
  organization: string;
  hold: string;
  actionDigest: string;
  /** Digests of everything that could not be drawn. */
  undrawn: readonly string[];
  approvers: readonly Approver[];
  origins: readonly string[];
  rpId: string;
}

/** Null when the decision holds; otherwise the reason in a few words. */
export function verifyDecision(decision: DecisionEvidence, subject: DecisionSubject): string | null {
  const passkey = findPasskey(subject.approvers, decision.person, decision.credential);
  if (!passkey) return "its passkey is not one of an approver in the signed policy";
  const { installation, organization, hold, actionDigest } = subject;
  const { logHead, verdict, nonce } = decision;
  const challenge = decisionChallenge({
    installation,
    organization,
    logHead,
    hold,
    actionDigest,
    verdict,
    nonce,
  });
  if (challenge !== decision.challenge) return "its challenge is not the one of this action";
  const signed = signedChallenge(decision);
  if (signed === null) return "it is not on the sheet that was signed";
  const why = verifyAssertion(decision.assertion, {
    challenge: signed,
    origins: subject.origins,
    rpId: subject.rpId,
    credential: passkey.credential,
    publicKey: passkey.publicKey,
  });
  if (why) return why;
  if (verdict.verdict === "approve" && !sameSet(verdict.ticked, subject.undrawn))
    return "what could not be drawn was not ticked exactly";
  if (verdict.verdict === "reject" && verdict.words.trim() === "") return "it rejects without words";
  return null;
}

/** What the authenticator signed: the decision's own challenge, or the sheet's that has it. Null where the sheet does not have it, or is none. */
export function signedChallenge({
  challenge,
  batch,
}: Pick<DecisionEvidence, "challenge" | "batch">): string | null {
  if (batch === undefined) return challenge;
  const each = new Set(batch);
  return batch.length >= 2 && each.size === batch.length && each.has(challenge)
    ? sheetChallenge(batch)
    : null;
}

/** The person's passkey with this id, if the document names it. */
export function findPasskey(
  approvers: readonly Approver[],
  person: string,
  credential: string,
): Approver["passkeys"][number] | null {
  const named = approvers.filter((entry) => entry.person === person).flatMap((entry) => entry.passkeys);
  return named.find((passkey) => passkey.credential === credential) ?? null;
}

/** True when both lists name the same digests, in any order and any number. */
export function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const [left, right] = [new Set(a), new Set(b)];
  return left.size === right.size && [...left].every((entry) => right.has(entry));
}
