/**
 * Requests to upstreams, with undici for HTTP and our own dialling below it. Each workstation has its own connections: what a
 * confused or hostile upstream leaves on one is never read by another tenant's request (invariant 9).
 */
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { Problem } from "@nightgate/shared/problems";
import { Agent, type buildConnector, errors } from "undici";
import type { Dial } from "./checked-dial.ts";
import type { HeaderPairs } from "./headers.ts";
import { pairsOf } from "./headers.ts";
import { NET_LIMITS } from "./limits.ts";

export interface UpstreamRequest {
  workstation: string;
  protocol: "http:" | "https:";
  host: string;
  port: number;
  /** The policy's own URL names this host, so that it may be on a private network. */
  named: boolean;
  method: string;
  /** Path and query, starting with a slash, sent as it is. */
  path: string;
  headers: HeaderPairs;
  body: Readable | null;
  headersMsMax: number;
  idleMsMax: number;
  signal: AbortSignal;
}

export interface UpstreamAnswer {
  status: number;
  headers: HeaderPairs;
  body: Readable;
}

export interface Upstreams {
  /** Throws the Problems of checked-dial, and upstream.unreachable for an answer that is not HTTP or does not come. */
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
  /** Drops the connections of a workstation that is gone. */
  close(workstation: string): Promise<void>;
  stop(): Promise<void>;
}

/** `dial` is the only way by which these requests reach the network. */
export function createUpstreams({ dial }: { dial: Dial }): Upstreams {
  const agents = new Map<string, Agent>();
  const agentFor = (workstation: string, named: boolean): Agent => {
    const key = `${workstation} ${named ? "named" : "public"}`;
    const known = agents.get(key);
    if (known) return known;
    const made = makeAgent(dial, named);
    agents.set(key, made);
    return made;
  };
  const closeMatching = async (matches: (key: string) => boolean): Promise<void> => {
    const gone = [...agents.entries()].filter(([key]) => matches(key));
    for (const [key] of gone) agents.delete(key);
    await Promise.all(gone.map(async ([, agent]) => await agent.destroy()));
  };
  return {
    send: async (request) => await send(agentFor(request.workstation, request.named), request),
    close: async (workstation) => await closeMatching((key) => key.startsWith(`${workstation} `)),
    stop: async () => await closeMatching(() => true),
  };
}

function makeAgent(dial: Dial, named: boolean): Agent {
  const connect = (options: buildConnector.Options, callback: buildConnector.Callback): void => {
    const tls = options.protocol === "https:";
    const host = options.hostname.replace(/^\[(.*)\]$/, "$1");
    const port = Number(options.port) || (tls ? 443 : 80);
    void settle(dial({ host, port, tls, named }), callback);
  };
  return new Agent({
    connect,
    allowH2: false,
    pipelining: 1,
    connections: NET_LIMITS.upstreamConnectionsMax,
    maxHeaderSize: NET_LIMITS.upstreamHeaderBytesMax,
  });
}

async function settle(dialled: Promise<Socket>, callback: buildConnector.Callback): Promise<void> {
  try {
    callback(null, await dialled);
  } catch (error) {
    callback(error as Error, null);
  }
}

async function send(agent: Agent, request: UpstreamRequest): Promise<UpstreamAnswer> {
  const late = new AbortController();
  // undici's own wait for headers starts anew with each 1xx; this one does not.
  const signal = AbortSignal.any([request.signal, late.signal]);
  const host = request.host.includes(":") ? `[${request.host}]` : request.host;
  const deadline = AbortSignal.timeout(request.headersMsMax);
  const expire = (): void =>
    late.abort(
      new Problem("upstream.unreachable", { host: request.host, why: "it does not answer in time" }),
    );
  deadline.addEventListener("abort", expire, { once: true });
  try {
    const answer = await agent.request({
      origin: `${request.protocol}//${host}:${request.port}`,
      method: request.method as "GET",
      path: request.path,
      headers: request.headers.flat(),
      body: request.body,
      headersTimeout: request.headersMsMax,
      bodyTimeout: request.idleMsMax,
      signal,
      responseHeaders: "raw",
    });
    return { status: answer.statusCode, headers: pairsOf(answer.headers), body: answer.body };
  } catch (error) {
    throw asUpstreamProblem(request.host, error);
  } finally {
    deadline.removeEventListener("abort", expire);
  }
}

/** Also for errors in the middle of a body. */
export function asUpstreamProblem(host: string, error: unknown): Problem {
  if (error instanceof Problem) return error as Problem;
  const why = whyOf(error);
  return new Problem("upstream.unreachable", { host, why }, { cause: error });
}

function whyOf(error: unknown): string {
  if (error instanceof errors.HeadersOverflowError) return "the headers of its answer are too large";
  if (error instanceof errors.HeadersTimeoutError) return "it does not answer in time";
  if (error instanceof errors.BodyTimeoutError) return "it stopped in the middle of its answer";
  if (error instanceof errors.HTTPParserError) return "its answer is not valid HTTP";
  return "it cut the connection";
}
