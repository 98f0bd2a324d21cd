/** What the pages ask about persons, memberships, passkeys and recovery. Types only. None of it decides a hold: that is the signed policy's (invariant 4). */
import type { CeremonyAnswer, CeremonyOptions, Hold, SignedIn } from "./ports.ts";

export type Role = SignedIn["organizations"][number]["role"];

/** What a browser's connection says of a device: shown in lists, never believed. */
export interface Device {
  userAgent: string;
  address: string;
}

/** The two halves of a link: which tenant's it is, and the secret. */
export interface LinkSecret {
  organization: string;
  token: string;
}

export interface Joining {
  /** What the link is for. Throws Problem invitation.unusable, the same for every reason and every tenant. */
  look(link: LinkSecret): Promise<{ organizationName: string; role: Role; expiresAt: Date }>;
  /** For somebody without a passkey here. */
  begin(link: LinkSecret, personName: string): Promise<CeremonyOptions>;
  /** Verifies the passkey, uses the invitation up, and opens a session. */
  finish(
    answer: CeremonyAnswer,
    device: Device,
  ): Promise<{ token: string; person: string; organization: string }>;
  /** For somebody who is signed in. */
  accept(person: string, link: LinkSecret): Promise<{ organization: string }>;
}

export interface Organizations {
  /** A further organization of somebody who owns one here; its founding hold is then signed as the first one was. */
  beginFounding(person: string, name: string): Promise<CeremonyOptions>;
  finishFounding(person: string, answer: CeremonyAnswer): Promise<{ organization: string; hold: string }>;
  /** Who is a member now. */
  members(organization: string): Promise<{ person: string; name: string; role: Role }[]>;
  /** Owners only; the new name is in the log. */
  rename(person: string, organization: string, name: string): Promise<void>;
}

export interface OwnSession {
  id: string;
  userAgent: string;
  address: string;
  createdAt: Date;
  seenAt: Date;
  current: boolean;
}

export interface OwnSessions {
  list(token: string): Promise<OwnSession[]>;
  /** Ends one by its id, or all but the one that asks; somebody else's is not touched. */
  end(token: string, which: { id: string } | "others"): Promise<number>;
}

export interface NewKey {
  name: string;
  /** The key as words that two screens can be compared by. */
  words: string;
}

export interface WaitingKey extends NewKey {
  id: string;
  person: string;
  personName: string;
  hold: string | null;
}

export interface OwnPasskeys {
  rename(person: string, credential: string, name: string): Promise<void>;
  /** What the person must sign so that this passkey signs in no more. Throws Problem passkey.last. */
  beginRemoval(person: string, credential: string): Promise<CeremonyOptions>;
  /** A passkey that was made just now, for somebody who is no approver here: what the person must sign with an old one. */
  beginAddition(person: string, made: CeremonyAnswer, name: string): Promise<CeremonyOptions>;
  /** What becomes of the signature: the passkey is added or gone. Answers the holds over policies that still name a passkey that is gone. */
  finish(
    person: string,
    answer: CeremonyAnswer,
  ): Promise<{ holds: { organization: string; hold: string }[] }>;
  /** A link that works once and makes one passkey of `forPerson` on another device. */
  makeLink(
    person: string,
    organization: string,
    forPerson: string,
  ): Promise<{ id: string; secret: string; expiresAt: Date }>;
  lookAtLink(link: LinkSecret): Promise<{ personName: string; organizationName: string }>;
  beginByLink(link: LinkSecret): Promise<CeremonyOptions>;
  finishByLink(answer: CeremonyAnswer, name: string): Promise<NewKey>;
  /** Keys that were made by links of this person and still wait for a signature. */
  waiting(person: string, organization: string): Promise<WaitingKey[]>;
  /** For a waiting key without a hold: what its person must sign with an old passkey. */
  beginWaiting(person: string, organization: string, id: string): Promise<CeremonyOptions>;
}

export interface Candidate {
  person: string;
  name: string;
  passkeyName: string;
  words: string;
  createdAt: Date;
}

export interface Candidacies {
  list(organization: string): Promise<Candidate[]>;
  /** What a member signs, with the passkey that is to approve, to ask for a seat. */
  begin(person: string, organization: string): Promise<CeremonyOptions>;
  finish(person: string, organization: string, answer: CeremonyAnswer): Promise<Candidate>;
  withdraw(person: string, organization: string, candidate: string): Promise<void>;
  /** Opens the hold over the policy that gives the candidate a seat. */
  propose(person: string, organization: string, candidate: string): Promise<Hold>;
  /** Opens the hold over the policy without this approver. Throws Problem approver.last. */
  proposeRemoval(person: string, organization: string, approver: string): Promise<Hold>;
  /** Opens the hold over how many must approve; never more than there are approvers. */
  proposeQuorum(person: string, organization: string, quorum: number): Promise<Hold>;
}

export interface RecoveryState {
  /** When the person's printed code was made; null without one. */
  codeSince: Date | null;
}

export interface WaitingRecovery {
  id: string;
  person: string;
  personName: string;
  method: "code" | "host";
  name: string;
  words: string;
  readyAt: Date;
  hold: string | null;
}

export interface Recovery {
  state(person: string): RecoveryState;
  /** What the person signs so that a code can be made; an earlier one is then void. */
  beginCode(person: string): Promise<CeremonyOptions>;
  /** The code, once. */
  finishCode(person: string, answer: CeremonyAnswer): Promise<{ code: string }>;
  /** For nobody in particular: a code from paper or from the host. Throws Problem recovery.refused. */
  begin(code: string): Promise<CeremonyOptions>;
  finish(answer: CeremonyAnswer, name: string): Promise<NewKey & { readyAt: Date }>;
  /** Recoveries that wait in this organization. */
  waiting(organization: string): Promise<WaitingRecovery[]>;
  /** Lets those through whose delay is over, and forgets those that an approver rejected. Called in rounds. */
  round(): Promise<void>;
}

/** A device that a night can be trusted to: it rang, and the person's passkey signed a test on it. */
export interface DeviceTests {
  /** The newest first; `subscriptionId` is null for a computer that is looked at and does not ring. */
  list(person: string): Promise<{ subscriptionId: string | null; device: string; signedAt: Date }[]>;
  /** Throws Problem push.not-shown for a device that has not shown a notification yet. */
  begin(person: string, device: { subscription: string | null; name: string }): Promise<CeremonyOptions>;
  /** Throws Problem challenge.unusable or passkey.refused. It decides nothing and opens nothing. */
  finish(person: string, answer: CeremonyAnswer): Promise<void>;
}

export interface PeopleServices {
  deviceTests: DeviceTests;
  joining: Joining;
  organizations: Organizations;
  sessions: OwnSessions;
  ownPasskeys: OwnPasskeys;
  candidacies: Candidacies;
  recovery: Recovery;
}
