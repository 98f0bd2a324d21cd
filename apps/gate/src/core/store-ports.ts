/** What core asks of what is kept: rows in Postgres, and what the gate's own disk says above them. Types only. */
import type { DecisionEvidence } from "@nightgate/evidence/decision";
import type { Founder } from "@nightgate/evidence/policy-chain";
import type { UnstampedReceipt } from "@nightgate/evidence/receipts";
import type { HoldMove, HoldState } from "@nightgate/shared/hold-states";
import type { PolicyDocument } from "@nightgate/shared/policy";
import type { Hold, HoldFilter, Outcome, ReceiptRow } from "./ports.ts";

export interface HoldChange {
  words?: string;
  decidedBy?: string;
  outcome?: Outcome;
  supersededBy?: string;
  expiresAt?: Date;
}

export interface NewPasskey {
  credential: string;
  person: string;
  publicKey: string;
  name: string;
  transports: string[];
  counter: number;
  backedUp: boolean;
}

export interface Admission {
  /** SHA-256 of the link's secret, hex. */
  tokenDigest: string;
  person: { id: string; name: string };
  /** For somebody who is new here. */
  enrolment: { handle: string; passkey: NewPasskey } | null;
}

export interface SecretSlotRow {
  id: string;
  resource: string;
  slot: string;
  sealed: string;
  commitment: string;
}

/** One transaction under the lock of the organization's log head. Receipts are appended in order when `write`'s work is done. */
export interface Unit {
  readonly organization: string;
  readonly now: Date;
  readonly logSize: number;
  hold(id: string): Promise<Hold | null>;
  /** Where the log says that the hold is, whatever its row says. */
  stateInLog(id: string): Promise<HoldState | null>;
  pendingOf(actionDigest: string): Promise<Hold | null>;
  openOfKind(kind: string): Promise<Hold[]>;
  countPending(workstation: string | null): Promise<number>;
  insertHold(hold: Hold): Promise<void>;
  /** Compare-and-set; false when the hold was not in `move.from` any more. */
  moveHold(id: string, move: HoldMove, change: HoldChange): Promise<boolean>;
  /** Puts a row right that says something else than the log. */
  repairHold(id: string, from: HoldState, to: HoldState): Promise<boolean>;
  /** Who has decided on it so far. */
  decidedBy(hold: string): Promise<string[]>;
  insertDecision(hold: string, decision: DecisionEvidence): Promise<void>;
  /** Keeps a version and makes it the organization's; nothing when that version with this hold is there already (then false). */
  insertPolicy(document: PolicyDocument, hold: string): Promise<boolean>;
  /** A version as its row has it; null where there is none or it cannot be read. */
  policy(version: number): Promise<PolicyDocument | null>;
  /** Nothing when the person has this passkey already. */
  insertPasskey(passkey: NewPasskey): Promise<void>;
  /** Lets a person in by an invitation, which is used up with it. False when it cannot be used (any more). */
  admit(admission: Admission): Promise<boolean>;
  rename(name: string): Promise<{ from: string }>;
  insertPendingSecret(hold: string, secret: SecretSlotRow): Promise<void>;
  pendingSecrets(hold: string): Promise<SecretSlotRow[]>;
  /** Makes the hold's pending secrets the active ones of their slots; the ones they replace lose their ciphertext. */
  activateSecrets(hold: string): Promise<void>;
  /** Forgets the pending secrets of a hold that will never be released. */
  dropSecrets(hold: string): Promise<void>;
  receipt(body: UnstampedReceipt): void;
}

export interface Store {
  /** Runs `work` in one transaction under the log head's lock. Throws Problem log.unusable when the head is not the one that this gate signed. */
  write<Result>(organization: string, work: (unit: Unit) => Promise<Result>): Promise<Result>;
  hold(organization: string, id: string): Promise<Hold | null>;
  list(organization: string, filter: HoldFilter): Promise<Hold[]>;
  /** Holds in any of `states`, oldest first. */
  inStates(organization: string, states: readonly HoldState[]): Promise<Hold[]>;
  decisions(organization: string, hold: string): Promise<DecisionEvidence[]>;
  policy(organization: string, version: number): Promise<{ document: unknown; hold: string } | null>;
  /** Postgres's own clock. */
  databaseNow(): Promise<Date>;
}

export interface VerifiedLog {
  size: number;
  root: string;
  checkpoint: string;
  /** The root over the first `size` leaves. */
  rootAt(size: number): string | null;
}

export interface LogReader {
  /** The head, after checking every leaf hash against the signed and pinned checkpoint. Throws Problem log.unusable. */
  verified(organization: string): Promise<VerifiedLog>;
  /** The receipts of a hold, oldest first, each checked against its own leaf. */
  ofHold(organization: string, hold: string): Promise<ReceiptRow[]>;
  /** When the last entry was written; null for an empty log. */
  lastAt(organization: string): Promise<Date | null>;
}

export type PolicyPin =
  | { version: 0; name: string; founder: Founder }
  | { version: number; document: string; hold: string };

export interface Pins {
  /** Every organization that was founded here. */
  organizations(): string[];
  policy(organization: string): PolicyPin | null;
  setPolicy(organization: string, pin: PolicyPin): void;
  checkpoint(organization: string): string | null;
  setCheckpoint(organization: string, note: string): void;
  /** Brings it to disk beside the one that is pinned; what it answers pins it, and cannot fail for want of room. Throws Problem disk.full. */
  prepareCheckpoint(organization: string, note: string): () => void;
}

export interface JournalledDispatch {
  actionDigest: string;
  marker: Record<string, unknown>;
  /** Null until the end was journalled too. */
  outcome: Outcome | null;
}

export interface DispatchJournal {
  find(organization: string, hold: string): JournalledDispatch | null;
  /** On disk when it returns. Throws Problem hold.dispatched when the hold is in it already. */
  dispatched(entry: {
    at: string;
    organization: string;
    hold: string;
    actionDigest: string;
    marker: Record<string, unknown>;
  }): void;
  ended(entry: { at: string; organization: string; hold: string; outcome: Outcome }): void;
}

/** What the gate's disk knows of grants, above every row. */
export interface GrantUses {
  /** The holds that used it, in order. */
  uses(organization: string, grant: string): readonly string[];
  isRevoked(organization: string, grant: string): boolean;
  /** Which use this is, from 1; the same one when asked again for the same hold; null when it is used up or revoked. On disk when it returns. */
  use(entry: { at: string; organization: string; grant: string; hold: string; count: number }): number | null;
  revoke(entry: { at: string; organization: string; grant: string }): void;
}

/** The installation's own constants, from settings and the gate's disk, never from a request. */
export interface GateIdentity {
  installation: string;
  /** The gate's origin, for example http://gate.localhost:4601. */
  origin: string;
  /** All under which it was served: what was signed under an earlier port still verifies. */
  origins: readonly string[];
  rpId: string;
}

export interface CoreLog {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** Named places where a test kills the process. Does nothing in production. */
export type FaultPoint =
  | "after-keep"
  | "after-hold-row"
  | "after-decision"
  | "before-dispatch"
  | "after-dispatch-journal"
  | "after-release-before-row";
export type Faults = (point: FaultPoint) => void;
