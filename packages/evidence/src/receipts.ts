/** What receipts say: one closed union, so that a verifier knows every kind and refuses the others. Bodies are public within the organization; no secret is in them. */
import { action, digest, passkeyEnrollAction, verdictDocument } from "@nightgate/shared/actions";
import { card } from "@nightgate/shared/card";
import { HOLD_STATES } from "@nightgate/shared/hold-states";
import { holdId, organizationId, personId } from "@nightgate/shared/ids";
import { CHANNEL_SERVICES } from "@nightgate/shared/policy";
import { z } from "zod";
import { keptAssertion } from "./assertion.ts";
import { signedStatement } from "./person-statement.ts";

const at = z.iso.datetime();
const words = z.string().max(8000);

export const keptOutcome = z.strictObject({
  state: z.enum(["released", "failed", "unknown"]),
  words,
  evidence: z.record(z.string(), z.unknown()),
});

/** The first entry of a log: who founded the organization, and with which passkey. */
const founded = z.strictObject({
  kind: z.literal("organization.founded"),
  at,
  organization: organizationId,
  name: z.string(),
  founder: z.strictObject({
    person: personId,
    name: z.string(),
    credential: z.string(),
    publicKey: z.string(),
  }),
});

const opened = z.strictObject({
  kind: z.literal("hold.opened"),
  at,
  hold: holdId,
  action,
  actionDigest: digest,
  card,
  workstation: z.string().nullable(),
  run: z.string().nullable(),
  agentWords: z.string(),
  supersedes: holdId.nullable(),
  /** Released only after this one has been, or after what took its place. */
  after: holdId.optional(),
  expiresAt: at,
});

/** A decision with everything that is needed to verify it again (invariant 11). */
export const decidedBody = z.strictObject({
  kind: z.literal("hold.decided"),
  at,
  hold: holdId,
  person: personId,
  credential: z.string(),
  verdict: verdictDocument,
  nonce: z.string(),
  logHead: z.string(),
  challenge: z.string(),
  /** The challenges of the whole sheet, where one touch signed several decisions. */
  batch: z.array(z.string()).min(2).max(100).optional(),
  assertion: keptAssertion,
  /** It counts, and others have to sign too: the hold is still pending after it. */
  pending: z.literal(true).optional(),
});
export type DecidedBody = z.infer<typeof decidedBody>;

/** A grant stands for the decision: the `use`-th of those that it was opened for. */
const granted = z.strictObject({
  kind: z.literal("hold.granted"),
  at,
  hold: holdId,
  grant: holdId,
  use: z.int().min(1),
});
/** Covers nothing from here on. It takes something away, so it needs no signature. */
const grantRevoked = z.strictObject({
  kind: z.literal("grant.revoked"),
  at,
  grant: holdId,
  person: personId,
});

/** A move that nobody signed: expired (nobody answered), superseded, withdrawn. */
const moved = z.strictObject({
  kind: z.literal("hold.moved"),
  at,
  hold: holdId,
  from: z.enum(HOLD_STATES),
  to: z.enum(["expired", "superseded", "withdrawn"]),
  words,
});

/** An approver said no in a channel that they had linked, without a passkey. Nothing is let go by it. */
const rejected = z.strictObject({
  kind: z.literal("hold.rejected"),
  at,
  hold: holdId,
  person: personId,
  words,
  /** The resource of the policy, and what it speaks. */
  channel: z.string(),
  service: z.enum(CHANNEL_SERVICES),
});

const started = z.strictObject({
  kind: z.literal("release.started"),
  at,
  hold: holdId,
  actionDigest: digest,
});
const ended = z.strictObject({ kind: z.literal("release.ended"), at, hold: holdId, outcome: keptOutcome });

/** A person said how an unknown outcome ended; `by` is the released hold.settle. */
const settled = z.strictObject({
  kind: z.literal("hold.settled"),
  at,
  hold: holdId,
  by: holdId,
  outcome: z.enum(["released", "failed"]),
});

const policyApplied = z.strictObject({
  kind: z.literal("policy.applied"),
  at,
  hold: holdId,
  version: z.int().min(1),
  document: digest,
});
const secretApplied = z.strictObject({
  kind: z.literal("secret.applied"),
  at,
  hold: holdId,
  resource: z.string(),
  slot: z.string(),
  commitment: digest,
});

/** What was refused without a hold: a forbidden ref, an unknown host. */
const refused = z.strictObject({
  kind: z.literal("refused"),
  at,
  workstation: z.string().nullable(),
  run: z.string().nullable(),
  what: z.string().max(2000),
  why: z.string().max(2000),
});

/** Somebody was let in by an invitation. It makes a member, and no approver. */
const joined = z.strictObject({
  kind: z.literal("member.joined"),
  at,
  person: personId,
  name: z.string(),
  role: z.string(),
  invitation: z.string(),
});
/** What a person signed about themselves: see person-statement.ts. */
const stated = z.strictObject({ kind: z.literal("person.signed"), at, signed: signedStatement });
/** A passkey that nobody of the organization signed for asks to come in: by a printed code, or from the gate's host. */
const recoveryRequested = z.strictObject({
  kind: z.literal("recovery.requested"),
  at,
  recovery: z.string(),
  method: z.enum(["code", "host"]),
  action: passkeyEnrollAction,
  readyAt: at,
});
/** The delay is over and nobody objected: the one way in which a policy changes without a signature. */
const recoveryApplied = z.strictObject({
  kind: z.literal("recovery.applied"),
  at,
  recovery: z.string(),
  /** The new policy, or null where the person is no approver and can sign in, no more. */
  policy: z.strictObject({ version: z.int().min(1), document: digest }).nullable(),
});
const renamed = z.strictObject({
  kind: z.literal("organization.renamed"),
  at,
  person: personId,
  from: z.string(),
  to: z.string(),
});

export const receiptBody = z.discriminatedUnion("kind", [
  founded,
  opened,
  decidedBody,
  granted,
  grantRevoked,
  moved,
  rejected,
  started,
  ended,
  settled,
  policyApplied,
  secretApplied,
  refused,
  joined,
  stated,
  recoveryRequested,
  recoveryApplied,
  renamed,
]);
export type ReceiptBody = z.infer<typeof receiptBody>;
export type ReceiptKind = ReceiptBody["kind"];
/** A body before the log stamps it. */
export type UnstampedReceipt = {
  [Kind in ReceiptKind]: Omit<Extract<ReceiptBody, { kind: Kind }>, "at">;
}[ReceiptKind];
