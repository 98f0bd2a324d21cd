/** One request to a service's API, through the gate's checked dial. Tells apart what was surely not taken from what may have been. */
import { Readable } from "node:stream";
import { Problem } from "@nightgate/shared/problems";
import type { HeaderPairs } from "../net/headers.ts";
import type { Upstreams } from "../net/upstreams.ts";
import { CHANNEL_LIMITS } from "./limits.ts";
import type { Sent } from "./service.ts";

export interface Asked {
  pool: string;
  url: string;
  method: "GET" | "POST" | "PATCH";
  headers?: HeaderPairs;
  /** Sent as JSON. */
  body?: unknown;
  /** How long the service may think. */
  msMax?: number;
  signal: AbortSignal;
}

export type Answer =
  | { status: number; headers: HeaderPairs; json: unknown; text: string }
  | { status: null; failed: Exclude<Sent, { result: "sent" | "gone" }> };

/** The host is the one of the channel's signed URL: an approver has named it, so it may be on a private network. */
export async function ask(upstreams: Upstreams, asked: Asked): Promise<Answer> {
  const url = new URL(asked.url);
  const payload = asked.body === undefined ? null : Buffer.from(JSON.stringify(asked.body));
  const msMax = asked.msMax ?? CHANNEL_LIMITS.answerMsMax;
  try {
    const answer = await upstreams.send({
      workstation: asked.pool,
      protocol: url.protocol === "http:" ? "http:" : "https:",
      host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: Number(url.port) || (url.protocol === "http:" ? 80 : 443),
      named: true,
      method: asked.method,
      path: url.pathname + url.search,
      headers: [
        ["accept", "application/json"],
        ["user-agent", "nightgate"],
        // A connection that the service has let go of meanwhile would look like a message that may have arrived.
        ["connection", "close"],
        ...(payload === null ? [] : contentHeaders(payload)),
        ...(asked.headers ?? []),
      ],
      body: payload === null ? null : Readable.from([payload]),
      headersMsMax: msMax,
      idleMsMax: msMax,
      signal: asked.signal,
    });
    const text = await readAll(answer.body);
    return { status: answer.status, headers: answer.headers, json: parse(text), text };
  } catch (error) {
    if (asked.signal.aborted) throw error;
    if (error instanceof Problem) return { status: null, failed: judge(error) };
    // The body broke off: the request had arrived.
    return { status: null, failed: { result: "unknown", detail: "The answer broke off." } };
  }
}

function contentHeaders(payload: Buffer): HeaderPairs {
  return [
    ["content-type", "application/json; charset=utf-8"],
    ["content-length", String(payload.length)],
  ];
}

/** Why a connection was never there: in these words of checked-dial nothing can have been taken. */
const NOT_CONNECTED = [
  "it refuses the connection",
  "there is no way to it",
  "it does not answer",
  "its name does not resolve",
  "its name has no address",
  "it has no address",
  "it does not finish the TLS handshake",
];

function judge(problem: Problem): Exclude<Sent, { result: "sent" | "gone" }> {
  const detail = problem.message;
  if (problem.code !== "upstream.unreachable") return { result: "refused", detail };
  const { why } = problem.details as { why?: string };
  return NOT_CONNECTED.includes(why ?? "")
    ? { result: "later", detail, afterMs: null }
    : { result: "unknown", detail };
}

async function readAll(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > CHANNEL_LIMITS.answerBytesMax) {
      body.destroy();
      throw new Problem("upstream.unreachable", { host: "the service", why: "its answer is too long" });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What a status says of a message, for services that say no more. */
export function judgeStatus(
  answer: Exclude<Answer, { status: null }>,
  words: string,
): Exclude<Sent, { result: "sent" }> {
  const detail = `The service answered ${answer.status}${words === "" ? "" : `: ${words}`}`.slice(0, 300);
  if (answer.status === 429 || answer.status >= 500)
    return { result: "later", detail, afterMs: retryAfterMs(answer.headers) };
  return { result: "refused", detail };
}

function retryAfterMs(headers: HeaderPairs): number | null {
  const value = headers.find(([name]) => name.toLowerCase() === "retry-after")?.[1] ?? "";
  return /^\d{1,6}(\.\d+)?$/.test(value)
    ? Math.min(Math.ceil(Number(value) * 1_000), CHANNEL_LIMITS.retryAfterMsMax)
    : null;
}
