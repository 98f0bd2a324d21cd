/**
 * The gate's inner contracts: who offers what to whom. Services are made in main.ts and handed down; nothing here does anything.
 * Surfaces, pages and the store know each other only through these types.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type {
  Action,
  ActionKind,
  GrantOpenAction,
  SecretSlot,
  VerdictDocument,
} from "@nightgate/shared/actions";
import type { Card } from "@nightgate/shared/card";
import type { HoldState } from "@nightgate/shared/hold-states";
import type { Approver, PolicyDocument, Resource } from "@nightgate/shared/policy";

/** Who speaks: derived from the listening socket, never from a message (invariant 1). `run` is agentd's word, a hint. */
export interface Caller {
  organization: string;
  workstation: string;
  workstationName: string;
  run: string | null;
}

/** A handler for one path prefix of a workstation's gate.sock. */
export type WorkstationHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  caller: Caller,
) => Promise<void>;

export interface Hold {
  organization: string;
  id: string;
  state: HoldState;
  action: Action;
  actionDigest: string;
  card: Card;
  resource: string | null;
  workstation: string | null;
  run: string | null;
  agentWords: string;
  supersedes: string | null;
  supersededBy: string | null;
  /** The hold that must be released before this one; what takes its place counts as it. */
  after: string | null;
  words: string;
  decidedBy: string | null;
  outcome: Outcome | null;
  createdAt: Date;
  expiresAt: Date;
  decidedAt: Date | null;
  endedAt: Date | null;
}

/** How a release ended. `unknown` is said only when it can be neither proved nor excluded. */
export interface Outcome {
  state: "released" | "failed" | "unknown";
  /** One sentence for people and agents. */
  words: string;
  /** What was seen, for the receipt: for a push the upstream's refs after it. Never a secret. */
  evidence: Record<string, unknown>;
}

export interface ReleaseContext {
  hold: Hold;
  resource: Resource | null;
  /** The secret of the resource's slot, opened for this call alone; null where the resource has none. */
  credential: string | null;
  /**
   * Must be awaited right before the first byte leaves, with what recovery needs to make sure the attempt is dead (for git: process group and its start time).
   * Journals it on the gate's own disk, fsynced (invariant 6).
   */
  dispatching(marker: Record<string, unknown>): Promise<void>;
  signal: AbortSignal;
}

/** What each kind of action must be able to do. */
export interface ActionHandler<A extends Action = Action> {
  kinds: readonly A["kind"][];
  /** Sends exactly the action, or throws a Problem before anything was sent. Never sends twice, never adapts (invariants 5 and 6). */
  release(action: A, context: ReleaseContext): Promise<Outcome>;
  /** After a crash: makes sure that the attempt described by `marker` (null: none was journalled) is dead, then finds out; `unknown` if it cannot. */
  settle(
    action: A,
    context: Omit<ReleaseContext, "dispatching">,
    marker: Record<string, unknown> | null,
  ): Promise<Outcome>;
}

export interface OpenHold {
  action: Action;
  card: Card;
  caller: Caller | null;
  resource: string | null;
  agentWords: string;
  /** Pending holds that this one replaces (a fast-forward of a pending push by the same workstation). */
  supersedes: string | null;
  /** See `Hold.after`; left out: none. */
  after?: string | null;
  /** Stores the payload durably under the hold's id before the row is written (invariant 7). */
  keep(holdId: string): Promise<void>;
}

export interface Holds {
  /** Opens a hold with its receipt and notification, or returns the pending one of the same action digest. */
  open(request: OpenHold): Promise<Hold>;
  /** Throws Problem not-found for ids that do not exist or belong to others (invariant 9). */
  get(organization: string, id: string): Promise<Hold>;
  list(organization: string, filter: HoldFilter): Promise<Hold[]>;
  /** Resolves with the hold as soon as it is settled (see hold-states) or approved-and-released, or as it is when `ms` are over. */
  waitUntilSettled(organization: string, id: string, ms: number, signal: AbortSignal): Promise<Hold>;
  /** How long a client is kept waiting: 45 s while an approver of the organization has the gate open, else 5 s. */
  clientWaitMs(organization: string): number;
  withdraw(organization: string, id: string, words: string): Promise<void>;
}

export interface HoldFilter {
  states?: readonly HoldState[];
  workstation?: string;
  kind?: ActionKind;
  limit?: number;
  /** Older than this instant. */
  before?: Date;
}

export interface Policies {
  /** The current policy, verified against its signature chain and the version pinned on disk; throws Problem policy.unreadable otherwise (invariant 8). */
  current(organization: string): Promise<PolicyDocument>;
  /** The resource, if `workstation` is bound to it; null otherwise. */
  resourceFor(organization: string, workstation: string, resource: string): Promise<Resource | null>;
}

export interface Vault {
  /** Opens the active secret of a slot, or null. The string must not be logged, stored or sent anywhere but upstream. */
  open(organization: string, resource: string, slot: SecretSlot): Promise<string | null>;
}

export interface SignedIn {
  person: string;
  name: string;
  organizations: { id: string; name: string; role: "owner" | "admin" | "member" | "viewer" }[];
}

/** JSON of WebAuthn's options and answers passes through as the browser library makes it; the services validate it. */
export type CeremonyOptions = Record<string, unknown>;
export type CeremonyAnswer = unknown;

export interface Passkeys {
  beginSignIn(): Promise<CeremonyOptions>;
  /** Verifies, makes a gate session and returns its cookie token. */
  finishSignIn(
    answer: CeremonyAnswer,
    userAgent: string,
    address?: string,
  ): Promise<{ token: string; signedIn: SignedIn }>;
  session(token: string | undefined): Promise<SignedIn | null>;
  signOut(token: string): Promise<void>;
  /** Enrolment of the first person: needs the one-time code of the gate's host. */
  beginEnrolment(input: {
    code: string;
    personName: string;
    organizationName: string;
  }): Promise<CeremonyOptions>;
  /** Verifies the new passkey, keeps it, opens the founding hold (policy version 1) and a session. The founding hold must then be approved by `Decisions`. */
  finishEnrolment(
    answer: CeremonyAnswer,
    userAgent: string,
    address?: string,
  ): Promise<{ token: string; organization: string; hold: string }>;
  list(person: string): Promise<
    {
      credential: string;
      publicKey: string;
      name: string;
      createdAt: Date;
      usedAt: Date | null;
      backedUp: boolean;
    }[]
  >;
  /** A further passkey for the signed-in person: the new key first, then a `passkey.enroll` hold to approve with an old one. */
  beginAdd(person: string): Promise<CeremonyOptions>;
  finishAdd(
    person: string,
    organization: string,
    answer: CeremonyAnswer,
    name: string,
  ): Promise<{ hold: string }>;
}

export interface Decisions {
  /** Computes and stores the challenge over the hold, its action digest, the verdict document and the log's head; returns WebAuthn options. */
  begin(
    person: string,
    organization: string,
    hold: string,
    verdict: VerdictDocument,
  ): Promise<CeremonyOptions>;
  /** As `begin`, over several holds at once: one touch signs each of them. */
  beginSheet(
    person: string,
    organization: string,
    asked: readonly { hold: string; verdict: VerdictDocument }[],
  ): Promise<CeremonyOptions>;
  /** As `finish`, for all holds of the sheet or for none. */
  finishSheet(person: string, organization: string, answer: CeremonyAnswer): Promise<Hold[]>;
  /** Verifies everything anew, records decision, receipt and cosigned head, moves the hold, and starts the release in the background. */
  finish(person: string, organization: string, hold: string, answer: CeremonyAnswer): Promise<Hold>;
}

export interface PolicyChanges {
  /** Opens the `policy.change` hold for a new version; `secrets` are sealed at once and become active with it. The clear text is in memory only. */
  propose(
    person: string,
    organization: string,
    change: {
      resources: Resource[];
      /** Left out: as they are. */
      approvers?: Approver[];
      quorum?: number;
      secrets: { resource: string; slot: SecretSlot; value: string }[];
    },
  ): Promise<Hold>;
  /** Opens a `secret.write` hold that replaces the secret of a slot. */
  proposeSecret(
    person: string,
    organization: string,
    secret: { resource: string; slot: SecretSlot; value: string },
  ): Promise<Hold>;
  /** Opens a `grant.open` hold. Problem input.invalid where its scope cannot be one. */
  proposeGrant(
    person: string,
    organization: string,
    grant: Omit<GrantOpenAction, "kind" | "organization" | "nonce">,
  ): Promise<Hold>;
  /** Opens a `hold.settle` hold for one whose outcome is unknown. */
  proposeSettle(
    person: string,
    organization: string,
    hold: string,
    outcome: "released" | "failed",
  ): Promise<Hold>;
}

export interface ReceiptRow {
  index: number;
  kind: string;
  hold: string | null;
  body: unknown;
  leafHash: string;
  createdAt: Date;
}

export interface ReceiptLog {
  list(organization: string, before: number | null, limit: number): Promise<ReceiptRow[]>;
  /** The current checkpoint, as C2SP tlog-checkpoint text. */
  checkpoint(organization: string): Promise<string>;
  /** The key that checkpoints are signed with: Ed25519, raw, base64url. What a verifier elsewhere must trust. */
  publicKey: string;
  /** The root of the proved log's first `size` entries, hex: whether a checkpoint seen earlier is of this log. Null where it is shorter. */
  rootAt(organization: string, size: number): Promise<string | null>;
  /** Recomputes the whole log and verifies every decision; the first bad index and why, or null. */
  verify(organization: string): Promise<{ size: number; firstBad: { index: number; why: string } | null }>;
}

/** Which approvers have the gate open right now (kept by the pages' event stream). */
export interface Presence {
  enter(person: string, organizations: readonly string[]): () => void;
  isWatched(organization: string): boolean;
}

/** Where push messages go out; called in the hold's life by core. The payload is minimal and encrypted by the library (RFC 8291). */
export interface Notifier {
  holdOpened(hold: Hold): Promise<void>;
  /** The hold left `pending`: replace or withdraw its notification (same tag). */
  holdMoved(hold: Hold): Promise<void>;
}

// What a person sees of a push (made by surfaces/git, drawn by pages).

export interface PushView {
  commits: PushCommit[];
  /** Cut lists say so: then `commitCount` is larger than `commits.length`. */
  commitCount: number;
  files: PushFile[];
  fileCount: number;
  additions: number;
  deletions: number;
}

export interface PushCommit {
  id: string;
  parents: string[];
  author: string;
  authoredAt: Date;
  committer: string;
  /** Whole message; control and bidi characters are still in it: the page makes them visible. */
  message: string;
  messageBytes: number;
  signed: boolean;
}

export interface PushFile {
  ref: string;
  path: string;
  /** Set where this is no part of the difference as a whole: a version that exists only inside the history, in this commit, against its parent. */
  commit?: string;
  status: "added" | "deleted" | "modified" | "mode-changed" | "type-changed";
  oldMode: string;
  newMode: string;
  oldId: string;
  newId: string;
  oldBytes: number;
  newBytes: number;
  /** Text as unified hunks; null where it cannot be drawn (binary, too large): then it is in the card's `undrawn`. */
  hunks: DiffHunk[] | null;
  additions: number;
  deletions: number;
}

export interface DiffHunk {
  oldStart: number;
  newStart: number;
  /** `noNewline`: the file ends here without a newline. */
  lines: { mark: " " | "+" | "-"; text: string; noNewline?: true }[];
}

export interface PushViews {
  /** Reads the held objects and nothing else. */
  view(hold: Hold): Promise<PushView>;
}
