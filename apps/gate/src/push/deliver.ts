/** One message to one device: encrypted for it alone (RFC 8291), signed by us (RFC 8292), and sent to an address that was checked. */
import { Readable } from "node:stream";
import { Problem } from "@nightgate/shared/problems";
import webpush from "web-push";
import type { HeaderPairs } from "../net/headers.ts";
import type { UpstreamAnswer, Upstreams } from "../net/upstreams.ts";
import { readEndpoint } from "./endpoint.ts";
import { PUSH_LIMITS } from "./limits.ts";
import type { PushMessage } from "./message.ts";
import { shownToken, type ShownWhat } from "./shown.ts";
import type { Subscription } from "./subscriptions.ts";
import type { VapidKeys } from "./vapid-keys.ts";

export type Delivery =
  | { result: "sent" }
  /** The device has unsubscribed. */
  | { result: "gone" }
  | { result: "later"; detail: string; afterMs: number | null }
  | { result: "refused"; detail: string };

export interface DeliverDeps {
  upstreams: Upstreams;
  keys: VapidKeys;
  subject: string;
  allowedHosts: ReadonlySet<string>;
}

export type Deliver = (
  to: Subscription,
  message: PushMessage,
  how: {
    keptSeconds: number;
    /** What the device says that it showed. */
    shows: ShownWhat;
  },
  signal: AbortSignal,
) => Promise<Delivery>;

/** Connections to push services are nobody's workstation's. */
const POOL = "push";

export function createDeliver(deps: DeliverDeps): Deliver {
  return async (to, message, { keptSeconds, shows }, signal) => {
    try {
      const endpoint = readEndpoint(to.endpoint, deps.allowedHosts);
      const { headers, body } = webpush.generateRequestDetails(
        { endpoint: to.endpoint, keys: { p256dh: to.p256dh, auth: to.auth } },
        JSON.stringify({ ...message, shown: shownToken(deps.keys.privateKey, to.id, shows) }),
        {
          vapidDetails: { subject: deps.subject, ...deps.keys },
          contentEncoding: "aes128gcm",
          TTL: Math.min(keptSeconds, PUSH_LIMITS.keptSecondsMax),
          urgency: message.quiet ? "normal" : "high",
          // RFC 8030, section 5.4: of several messages about one hold a device that was off gets the last.
          topic: message.tag,
        },
      );
      const answer = await deps.upstreams.send({
        workstation: POOL,
        protocol: "https:",
        ...endpoint,
        method: "POST",
        headers: asPairs(headers),
        body: Readable.from([body]),
        headersMsMax: PUSH_LIMITS.answerMsMax,
        idleMsMax: PUSH_LIMITS.answerMsMax,
        signal,
      });
      return await judge(answer);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return error.retry === "later"
        ? { result: "later", detail: error.message, afterMs: null }
        : { result: "refused", detail: error.message };
    }
  };
}

function asPairs(headers: Record<string, unknown>): HeaderPairs {
  return Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
}

async function judge(answer: UpstreamAnswer): Promise<Delivery> {
  const { status } = answer;
  const said = await readSome(answer.body);
  if (status >= 200 && status < 300) return { result: "sent" };
  if (status === 404 || status === 410) return { result: "gone" };
  const detail = `The push service answered ${status}${said === "" ? "" : `: ${said}`}`;
  if (status === 429 || status >= 500)
    return { result: "later", detail, afterMs: retryAfterMs(answer.headers) };
  return { result: "refused", detail };
}

async function readSome(body: Readable): Promise<string> {
  let text = "";
  for await (const chunk of body) {
    text += String(chunk);
    if (text.length > PUSH_LIMITS.answerBytesMax) break;
  }
  body.destroy();
  return text
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, 200);
}

function retryAfterMs(headers: HeaderPairs): number | null {
  const value = headers.find(([name]) => name.toLowerCase() === "retry-after")?.[1] ?? "";
  return /^\d{1,6}$/.test(value) ? Math.min(Number(value) * 1000, PUSH_LIMITS.retryAfterMsMax) : null;
}
