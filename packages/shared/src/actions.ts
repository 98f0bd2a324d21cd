/**
 * Actions: the exact, canonical description of one thing that somebody wants to do outside (or to the gate itself).
 * Plain JSON; SHA-256 over its RFC 8785 form is its identity (packages/evidence/src/digest.ts).
 */
import { z } from "zod";
import { holdId, organizationId, personId, resourceId, workstationId } from "./ids.ts";
import { policyDocument } from "./policy.ts";

/** A git object id, SHA-1 or SHA-256, in lower-case hex. All zeros means "does not exist". */
export const objectId = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
export const digest = z.string().regex(/^[0-9a-f]{64}$/);
export const ABSENT_OBJECT = "0".repeat(40);

export const PUSH_VERBS = [
  "create",
  "fast-forward",
  "force",
  "delete",
  "tag-create",
  "tag-move",
  "tag-delete",
] as const;
export type PushVerb = (typeof PUSH_VERBS)[number];

/** One line of a push: this ref goes from `old` to `new`. `tree` is the tree of `new`, or null where nothing is left or it is no commit. */
export const refUpdate = z.strictObject({
  ref: z.string().min(1).max(1024),
  old: objectId,
  new: objectId,
  verb: z.enum(PUSH_VERBS),
  tree: objectId.nullable(),
});
export type RefUpdate = z.infer<typeof refUpdate>;

export const gitPushAction = z.strictObject({
  kind: z.literal("git.push"),
  organization: organizationId,
  workstation: workstationId,
  resource: resourceId,
  /** The upstream repository, without any credential. */
  upstream: z.url(),
  objectFormat: z.enum(["sha1", "sha256"]),
  /** Released together (`--atomic`) or not at all, in this order. */
  updates: z.array(refUpdate).min(1),
});
export type GitPushAction = z.infer<typeof gitPushAction>;

/** Methods that change something. */
export const WRITE_METHODS = ["POST", "PUT", "PATCH", "DELETE"] as const;

/**
 * One request to the API of a repository's host. The gate writes it anew from what it has understood: these headers and this body are what is
 * shown, signed and sent; only the credential is added.
 */
export const httpRequestAction = z.strictObject({
  kind: z.literal("http.request"),
  organization: organizationId,
  workstation: workstationId,
  /** The repository whose API it is. */
  resource: resourceId,
  method: z.enum(WRITE_METHODS),
  url: z.url({ protocol: /^https?$/ }).max(4000),
  headers: z.array(z.tuple([z.string().max(60), z.string().max(200)])).max(10),
  /** JSON in its RFC 8785 form. */
  body: z.string().max(200_000),
});
export type HttpRequestAction = z.infer<typeof httpRequestAction>;

export const SECRET_SLOTS = ["git.credential", "model.key", "channel.credential"] as const;
export type SecretSlot = (typeof SECRET_SLOTS)[number];

/** What binds an action to a secret without saying anything about it: SHA-256 over a random salt and the secret. */
export const secretCommitment = z.strictObject({
  resource: resourceId,
  slot: z.enum(SECRET_SLOTS),
  commitment: digest,
});
export type SecretCommitment = z.infer<typeof secretCommitment>;

export const policyChangeAction = z.strictObject({
  kind: z.literal("policy.change"),
  organization: organizationId,
  /** 0 where the organization is founded. */
  from: z.int().min(0),
  to: z.int().min(1),
  document: policyDocument,
  /** Secrets that are written together with the resources that use them. */
  secrets: z.array(secretCommitment),
});
export type PolicyChangeAction = z.infer<typeof policyChangeAction>;

export const secretWriteAction = z.strictObject({
  kind: z.literal("secret.write"),
  organization: organizationId,
  secret: secretCommitment,
});
export type SecretWriteAction = z.infer<typeof secretWriteAction>;

export const passkeyEnrollAction = z.strictObject({
  kind: z.literal("passkey.enroll"),
  organization: organizationId,
  person: personId,
  name: z.string().min(1).max(100),
  /** base64url, as WebAuthn names it. */
  credential: z.string().min(16).max(2048),
  /** COSE key, base64url. */
  publicKey: z.string().min(16).max(4096),
});
export type PasskeyEnrollAction = z.infer<typeof passkeyEnrollAction>;

/** A person says how an action with outcome `unknown` ended; nothing is sent. */
export const holdSettleAction = z.strictObject({
  kind: z.literal("hold.settle"),
  organization: organizationId,
  hold: holdId,
  actionDigest: digest,
  outcome: z.enum(["released", "failed"]),
});
export type HoldSettleAction = z.infer<typeof holdSettleAction>;

/** Refs by name, or everything below a folder of them: `refs/heads/agent/*`. */
export const refPattern = z
  .string()
  .max(1024)
  .regex(
    /^refs\/(heads|tags)\/([A-Za-z0-9][A-Za-z0-9._-]*\/)*(\*|[A-Za-z0-9][A-Za-z0-9._-]*)$/,
    "must be refs/heads/NAME, or refs/heads/FOLDER/* for everything below it",
  );

/**
 * A grant: pushes that may go out without being asked for, limited in place, kind, number and time. What is out of the ordinary
 * (a forced push, a deletion, a change of workflows, whatever is flagged as dangerous) is never covered and is held as ever.
 */
export const grantOpenAction = z.strictObject({
  kind: z.literal("grant.open"),
  organization: organizationId,
  resource: resourceId,
  /** Of all workstations that may use the resource, or of this one. */
  workstation: z.union([z.literal("*"), workstationId]),
  refs: z.array(refPattern).min(1).max(20),
  verbs: z
    .array(z.enum(["create", "fast-forward"]))
    .min(1)
    .max(2),
  count: z.int().min(1).max(1000),
  until: z.iso.datetime(),
  /** 16 random bytes, base64url: two grants of the same scope are two. */
  nonce: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
});
export type GrantOpenAction = z.infer<typeof grantOpenAction>;

/** The closed union. A kind that is not in it is a refusal (invariant 8). */
export const action = z.discriminatedUnion("kind", [
  gitPushAction,
  httpRequestAction,
  policyChangeAction,
  secretWriteAction,
  passkeyEnrollAction,
  holdSettleAction,
  grantOpenAction,
]);
export type Action = z.infer<typeof action>;
export type ActionKind = Action["kind"];

/** What a person signs besides the action: the verdict, the words to the agent, and what was ticked because it could not be drawn. */
export const verdictDocument = z.strictObject({
  verdict: z.enum(["approve", "reject"]),
  words: z.string().max(4000),
  ticked: z.array(digest).max(1000),
});
export type VerdictDocument = z.infer<typeof verdictDocument>;
