import type { SecretSlot as SlotName } from "@nightgate/shared/actions";
/** What the gate's own pages ask for. main.ts hands it down; the pages make nothing themselves and see no secret. */
import type { Change } from "@nightgate/shared/changes";
import type { Clock } from "@nightgate/shared/clock";
import type { GitResource } from "@nightgate/shared/policy";
import type { MemberChannels } from "../channels/member-channels.ts";
import type { Grants } from "../core/grants.ts";
import type { PeopleServices } from "../core/people-ports.ts";
import type {
  Decisions,
  Holds,
  Passkeys,
  Policies,
  PolicyChanges,
  Presence,
  PushViews,
  ReceiptLog,
  ReceiptRow,
} from "../core/ports.ts";

export interface SignInCodes {
  /** A single-use code for web, bound to web's PKCE challenge. */
  issue(person: string, challenge: string): Promise<string>;
  /** Swaps the code for a token signed by the gate; throws a Problem for a code that is used, old or not theirs. */
  redeem(code: string, verifier: string): Promise<{ token: string }>;
  /** The public keys that verify those tokens, as a JWKS. */
  jwks(): Promise<Record<string, unknown>>;
}

export interface Workstation {
  id: string;
  name: string;
}

export interface SecretSlot {
  resource: string;
  slot: SlotName;
  since: Date;
}

export interface PushDevice {
  id: string;
  device: string;
  createdAt: Date;
  failedAt: Date | null;
  /** When it last said itself that it showed a message. */
  shownAt: Date | null;
  /** When the last test went out to it, and how long it took to show it; null while it has not. */
  testedAt: Date | null;
  testShownMs: number | null;
}

/** What a browser's PushSubscription says of itself. */
export interface PushSubscriptionInput {
  endpoint: string;
  p256dh: string;
  auth: string;
  device: string;
}

export interface QuietHours {
  from: number;
  until: number;
  timeZone: string;
}

/** A person's own devices that notifications go to. */
export interface PushDevices {
  /** The VAPID public key, base64url. */
  publicKey: string;
  list(person: string): Promise<PushDevice[]>;
  /** Throws Problem push.endpoint-refused for an endpoint that is not https or not on the public internet. */
  subscribe(person: string, subscription: PushSubscriptionInput): Promise<PushDevice>;
  unsubscribe(person: string, id: string): Promise<void>;
  /** When messages arrive without a sound: minutes of the day in a time zone. */
  quietHours: {
    of(person: string): Promise<QuietHours | null>;
    /** Throws Problem input.invalid for a time zone that is none. */
    set(person: string, hours: QuietHours | null): Promise<void>;
  };
  /** A device's own word that it showed a message. One that was not made here changes nothing. */
  shown(token: string): Promise<void>;
  /** Sends one test message to each device of the person, or to the one named, and says how it went. */
  test(person: string, only?: string): Promise<{ device: string; sent: boolean; detail: string }[]>;
}

/** What a member sees of the organization's channels and sets for themselves. */
export type ChannelServices = MemberChannels;

export interface PagesLog {
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

export interface PagesDeps {
  /** The gate's own origin, for example https://gate.example.com; from configuration, never from a request (invariant 3). */
  origin: string;
  /** web's origin: the only place that a sign-in or a signature may lead back to. */
  webOrigin: string;
  /** The rehearsal's base URL, where "Try it without a key" is offered; null where it is not. */
  rehearsalUrl: string | null;
  clock: Clock;
  log: PagesLog;
  passkeys: Passkeys;
  persons: PeopleServices;
  signInCodes: SignInCodes;
  holds: Pick<Holds, "get" | "list">;
  decisions: Decisions;
  policies: Pick<Policies, "current">;
  policyChanges: PolicyChanges;
  grants: Pick<Grants, "list" | "revoke">;
  receipts: ReceiptLog & {
    /** The receipts of one hold, oldest first. */
    ofHold(organization: string, hold: string): Promise<ReceiptRow[]>;
  };
  pushViews: PushViews;
  presence: Presence;
  /** Workstations that the gate knows, for binding resources to them. */
  workstations: { list(organization: string): Promise<Workstation[]> };
  /** Which slots hold an active secret, and since when; nothing else about them. */
  secrets: { list(organization: string): Promise<SecretSlot[]> };
  /** Tries a repository's credential without writing, before anybody is asked to sign for it. Throws a Problem that says what it lacks. */
  checkAccess(tried: { resource: GitResource; credential: string | null; signed: boolean }): Promise<void>;
  pushDevices: PushDevices;
  channels: ChannelServices;
  /** Calls `listener` for each announcement until the returned function is called. */
  changes: { subscribe(listener: (change: Change) => void): () => void };
  /** Aborts when the process stops: open event streams then end. */
  stopping: AbortSignal;
}
