/** Sends a read that was allowed, and streams the answer back. Nothing of the agent's that could identify or authorise goes along. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { answerHeaders, pickHeaders } from "../../net/headers.ts";
import { NET_LIMITS } from "../../net/limits.ts";
import { relayAnswer } from "../../net/relay-answer.ts";
import type { Upstreams } from "../../net/upstreams.ts";

/** What a read needs. Authorization, cookies, proxy credentials and headers of the client's own making stay here (H31, H35, H36). */
const PASSED_HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "pragma",
  "range",
  "user-agent",
]);

/** Sessions of the upstream's, and its wishes for other ways to reach it, are not for a workstation. */
const DROPPED_HEADERS: ReadonlySet<string> = new Set(["set-cookie", "set-cookie2", "alt-svc"]);

export interface Forwarding {
  workstation: string;
  host: string;
  port: number;
  path: string;
}

/** Resolves with the bytes of the answer's body. Throws the Problems of upstreams.ts. */
export async function forwardRead(
  upstreams: Pick<Upstreams, "send">,
  request: IncomingMessage,
  response: ServerResponse,
  to: Forwarding,
): Promise<number> {
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  response.once("close", onClose);
  let bytes = 0;
  try {
    const answer = await upstreams.send({
      workstation: to.workstation,
      protocol: to.port === 80 ? "http:" : "https:",
      host: to.host,
      port: to.port,
      named: false,
      method: request.method ?? "GET",
      path: to.path,
      headers: pickHeaders(request.rawHeaders, PASSED_HEADERS),
      body: null,
      headersMsMax: NET_LIMITS.readHeadersMsMax,
      idleMsMax: NET_LIMITS.readIdleMsMax,
      signal: gone.signal,
    });
    await relayAnswer(answer, response, {
      host: to.host,
      headers: answerHeaders(answer.headers, DROPPED_HEADERS),
      observe: (chunk) => {
        bytes += chunk.length;
      },
    });
    return bytes;
  } finally {
    response.off("close", onClose);
    gone.abort();
  }
}
