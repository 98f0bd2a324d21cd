/** What each service of channels must be able to do. The rest of the gate knows no service by name. */
import type { Clock } from "@nightgate/shared/clock";
import type { ChannelResource } from "@nightgate/shared/policy";
import type { Dial } from "../net/checked-dial.ts";
import type { Upstreams } from "../net/upstreams.ts";

export interface Button {
  label: string;
  /** Comes back when it is pressed; at most 64 bytes, as Telegram has it. */
  value: string;
}

/** Plain text. `title` is the gate's own sentence; `body` may quote what others wrote, and then says so. */
export interface OutMessage {
  title: string;
  body: string;
  link: { label: string; url: string } | null;
  buttons: readonly Button[];
  quiet: boolean;
}

export type Sent =
  | { result: "sent"; reference: string | null }
  /** It was not taken, and may be tried again. */
  | { result: "later"; detail: string; afterMs: number | null }
  | { result: "refused"; detail: string }
  /** The member is not there any more: blocked, left. */
  | { result: "gone"; detail: string }
  /** Nobody can say if it was taken: it is not sent again. */
  | { result: "unknown"; detail: string };

/** What somebody wrote or pressed. Who that is, is the service's word. */
export interface Received {
  /** The service's own id of this message: the same again is the same message. */
  external: string;
  address: string;
  label: string;
  text: string;
  /** The reference of the message that this answers. */
  replyTo: string | null;
  /** The value of the button that was pressed. */
  button: string | null;
}

export interface Connection {
  channel: ChannelResource;
  credential: string;
  /** Connections of one channel are no other's. */
  pool: string;
}

export interface ServiceTools {
  upstreams: Upstreams;
  dial: Dial;
  clock: Clock;
  /** The gate's host name, for ids of messages. */
  host: string;
  /** PEM certificates to trust instead of the system's. For tests. */
  trust: string[] | undefined;
}

export interface Service {
  /** `id` is the same at each attempt of one message. */
  send(to: Connection, address: string, message: OutMessage, id: string, signal: AbortSignal): Promise<Sent>;
  /** Changes a message that was sent; absent where the service cannot. */
  change?(
    to: Connection,
    address: string,
    reference: string,
    text: string,
    signal: AbortSignal,
  ): Promise<Sent>;
  /**
   * Hears what comes in until `signal` aborts or the connection breaks (it then throws). `take` resolves when the message is in the
   * database, with what to answer, or null; only then is the service told that it was received.
   */
  receive?(
    from: Connection,
    take: (received: Received) => Promise<OutMessage | null>,
    signal: AbortSignal,
  ): Promise<void>;
  /** What a member must do to link: words and, where there is one, an address that does it. */
  howToLink?(
    to: Connection,
    code: string,
    signal: AbortSignal,
  ): Promise<{ words: string; url: string | null }>;
  /** Throws Problem input.invalid for a credential that cannot be one. */
  checkCredential(credential: string): void;
}

/** The whole message as lines, with its link at the end. */
export function asText({ title, body, link }: OutMessage): string {
  return [title, body, link === null ? "" : `${link.label}: ${link.url}`]
    .filter((part) => part !== "")
    .join("\n\n");
}
