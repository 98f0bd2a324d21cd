/** What the gate's pages and its server say to each other as JSON. Types only: both sides import them, neither trusts them. */
import type { Action, SecretSlot } from "@nightgate/shared/actions";
import type { Card } from "@nightgate/shared/card";
import type { HoldState } from "@nightgate/shared/hold-states";
import type { ChannelService, Resource } from "@nightgate/shared/policy";

export interface HoldLine {
  id: string;
  organization: string;
  state: HoldState;
  kind: Action["kind"];
  title: string;
  flags: { level: "danger" | "warning" | "note"; count: number }[];
  workstation: string | null;
  run: string | null;
  rehearsal: boolean;
  createdAt: string;
  endedAt: string | null;
  expiresAt: string;
  supersededBy: string | null;
}

export interface HoldList {
  pending: HoldLine[];
  /** Settled or on their way, newest first; `older` is the instant to ask for more, or null at the end. */
  recent: HoldLine[];
  older: string | null;
}

export interface CommitWire {
  id: string;
  parents: string[];
  author: string;
  authoredAt: string;
  committer: string;
  message: string;
  messageBytes: number;
  signed: boolean;
  /** True where the hold that this one replaces did not have it. */
  fresh: boolean;
}

export interface FileWire {
  ref: string;
  path: string;
  /** Set for a version that exists only inside the history: in this commit, against its parent. */
  commit?: string;
  status: "added" | "deleted" | "modified" | "mode-changed" | "type-changed";
  oldMode: string;
  newMode: string;
  oldId: string;
  newId: string;
  oldBytes: number;
  newBytes: number;
  hunks:
    | {
        oldStart: number;
        newStart: number;
        lines: { mark: " " | "+" | "-"; text: string; noNewline?: true }[];
      }[]
    | null;
  additions: number;
  deletions: number;
}

export interface PushWire {
  commits: CommitWire[];
  commitCount: number;
  files: FileWire[];
  fileCount: number;
  additions: number;
  deletions: number;
}

/** One line of a readable difference between two policies (or of any of the gate's own changes). */
export interface DifferenceLine {
  sign: "added" | "removed" | "changed" | "kept";
  what: string;
  name: string;
  /** What it is now, field by field; `before` where it was something else. */
  fields: { label: string; value: string; before?: string }[];
  rehearsal: boolean;
}

export interface HoldDetail {
  id: string;
  organization: string;
  organizationName: string;
  state: HoldState;
  action: Action;
  actionDigest: string;
  card: Card;
  agentWords: string;
  workstation: { id: string; name: string } | null;
  run: string | null;
  rehearsal: boolean;
  supersedes: string | null;
  /** The hold at the end of the chain of those that replaced this one. */
  successor: string | null;
  /** Who has approved it so far, where the policy asks for several; `you`: the reader among them. */
  approvals: { needed: number; by: { name: string; at: string }[]; you: boolean };
  /** The hold that must be released before this one (what took its place, where something did), and where that stands. */
  after: { id: string; state: HoldState; title: string } | null;
  /** Pending holds that follow this one. */
  followers: { id: string; title: string }[];
  words: string;
  decidedBy: string | null;
  outcome: { state: "released" | "failed" | "unknown"; words: string } | null;
  createdAt: string;
  expiresAt: string;
  decidedAt: string | null;
  endedAt: string | null;
  push: PushWire | null;
  changes: DifferenceLine[] | null;
  receipts: { index: number; kind: string; createdAt: string }[];
}

export interface Me {
  person: string;
  name: string;
  organizations: { id: string; name: string; role: string }[];
  organization: string;
  pending: number;
}

export interface ResourceLine {
  resource: Resource;
  slot: SecretSlot | null;
  secretSince: string | null;
}

export interface PolicyPage {
  version: number;
  quorum: number;
  /** How many signatures can be asked for: never more than there are approvers. */
  quorumMax: number;
  approvers: ApproverLine[];
  /** Members who ask to become approvers. */
  candidates: CandidateLine[];
  /** Whoever looks: who they are, and what they may ask for here. */
  you: { person: string; approves: boolean; mayAsk: boolean; mayPropose: boolean };
  resources: ResourceLine[];
  workstations: { id: string; name: string }[];
  rehearsalOffered: boolean;
  /** A change of policy that waits for a signature, if there is one. */
  pendingHold: string | null;
}

export interface GrantLine {
  id: string;
  resource: string;
  /** Null: every one that may use the repository. */
  workstation: string | null;
  refs: string[];
  verbs: ("create" | "fast-forward")[];
  count: number;
  used: number;
  state: "open" | "used up" | "over" | "revoked";
  until: string;
  openedAt: string;
  by: string | null;
}

export interface GrantsPage {
  grants: GrantLine[];
  repositories: { id: string; name: string; rehearsal: boolean }[];
  workstations: { id: string; name: string }[];
}

export interface VaultPage {
  slots: {
    resource: string;
    name: string;
    kind: "git" | "model" | "channel";
    slot: SecretSlot;
    since: string | null;
    rehearsal: boolean;
  }[];
}

export interface ApproverLine {
  person: string;
  name: string;
  passkeys: { name: string; words: string }[];
}

export interface CandidateLine {
  person: string;
  name: string;
  passkeyName: string;
  /** The key in words: the candidate's screen has the same. */
  words: string;
  createdAt: string;
}

export interface PasskeyLine {
  credential: string;
  name: string;
  words: string;
  createdAt: string;
  usedAt: string | null;
  backedUp: boolean;
  approves: boolean;
}

export interface WaitingKeyLine {
  id: string;
  person: string;
  personName: string;
  own: boolean;
  name: string;
  words: string;
  hold: string | null;
}

export interface PasskeysPage {
  passkeys: PasskeyLine[];
  /** Keys that were made by a link and that nobody has signed for yet. */
  waiting: WaitingKeyLine[];
  /** When the printed recovery code was made; null without one. */
  codeSince: string | null;
  approver: boolean;
}

/** After a passkey was made: a hold that an approver signs, or what the person signs at once. */
export type PasskeyAdded = { hold: string; sign: null } | { hold: null; sign: unknown };

export interface LinkMade {
  id: string;
  link: string;
  /** The link as a QR code, row by row. */
  qr: string[];
  expiresAt: string;
}

export interface KeyMade {
  name: string;
  words: string;
}

export interface RecoveryMade extends KeyMade {
  readyAt: string;
}

export interface RecoveryWaiting {
  id: string;
  person: string;
  personName: string;
  method: "code" | "host";
  name: string;
  words: string;
  readyAt: string;
  hold: string | null;
}

export interface InvitationPage {
  organizationName: string;
  role: string;
  expiresAt: string;
}

export interface PeoplePage {
  members: { person: string; name: string; role: string; approves: boolean; you: boolean }[];
  /** Whoever looks may make a link with which somebody who lost their passkeys makes a new one. */
  mayHelp: boolean;
  recoveries: RecoveryWaiting[];
  waiting: WaitingKeyLine[];
}

export interface SessionLine {
  id: string;
  device: string;
  address: string;
  createdAt: string;
  seenAt: string;
  current: boolean;
}

export interface ReceiptLine {
  index: number;
  kind: string;
  hold: string | null;
  leafHash: string;
  createdAt: string;
  body: unknown;
}

export interface AuditPage {
  receipts: ReceiptLine[];
  older: number | null;
}

export interface VerifyAnswer {
  size: number;
  firstBad: { index: number; why: string } | null;
  tookMs: number;
}

export interface NotificationsPage {
  publicKey: string;
  devices: {
    id: string;
    device: string;
    createdAt: string;
    failedAt: string | null;
    shownAt: string | null;
    /** When the person's passkey signed a test on it, after it had rung. */
    testedAt: string | null;
    /** The last test that went out to it, and after how long it showed it; null while it has not. */
    selfTest: { at: string; shownMs: number | null } | null;
  }[];
  /** Computers that the person looks at themselves: tested, and without ringing. */
  computers: { device: string; testedAt: string }[];
  /** Where a phone goes, and that as a QR code; null where the gate's name leads nowhere but to this very computer. */
  phone: { address: string; qr: string[] } | null;
  /** Minutes of the day in a time zone; null where every hour rings. */
  quietHours: { from: number; until: number; timeZone: string } | null;
}

export interface ChannelsPage {
  channels: { id: string; name: string; service: ChannelService; ready: boolean }[];
  links: {
    id: string;
    channel: string;
    name: string;
    service: ChannelService;
    label: string;
    working: boolean;
    createdAt: string;
  }[];
  attention: { escalateMinutes: number; nightMax: number; wakes: string[] };
  briefing: { minute: number; timeZone: string; links: string[]; phone: boolean } | null;
  /** How the last messages fared, the newest first. */
  log: { at: string; channel: string; about: string; state: string; detail: string }[];
}

export interface LinkBegun {
  done: boolean;
  code: string | null;
  words: string;
  url: string | null;
}

export interface ProblemWire {
  code: string;
  detail: string;
  status: number;
}
