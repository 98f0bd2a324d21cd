/**
 * Fetch and clone: passed through to the upstream with the real credential, streaming, nothing kept.
 * Invariant 2: the credential is in the request to the one host of the resource; nothing of it comes back.
 */
import http, { type ClientRequest, type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { pipeline } from "node:stream/promises";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import type { GitLimits } from "./limits.ts";
import { authorization } from "./upstream/address.ts";
import type { Upstream } from "./upstream/address.ts";
import { scrub } from "./upstream/complaints.ts";
import { cleanSideband } from "./wire/clean-sideband.ts";

/** What of the client's request the upstream may see. Everything else stays here: an agent's own Authorization, too. */
const FORWARDED_REQUEST = ["accept", "content-type", "content-encoding", "git-protocol"] as const;
const FORWARDED_RESPONSE = ["content-type", "cache-control", "expires", "pragma"] as const;
const REFUSAL_BYTES_MAX = 2048;

/** Sends the request to `<upstream>/<path>` and its answer to the client. Throws a Problem if the upstream does not serve it. */
export async function passThrough(
  options: { upstream: Upstream; path: string; limits: GitLimits; clock: Clock },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { upstream, path } = options;
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const outgoing = open(upstream, path, request, gone.signal);
  const answered = answerTo(outgoing, upstream.name);
  const sent = request.method === "POST" ? pipeline(request, outgoing) : Promise.resolve(void outgoing.end());
  // An upstream that answers before it has read everything breaks the pipe; its answer is what counts.
  sent.catch(() => "the answer tells");
  const answer = await answeredInTime(options, outgoing, answered);
  const expected = expectedType(path, request.method ?? "");
  if (answer.statusCode !== 200 || answer.headers["content-type"] !== expected)
    throw await refusalOf(answer, upstream);
  const headers: Record<string, string> = {};
  for (const name of FORWARDED_RESPONSE) {
    const value = answer.headers[name];
    if (typeof value === "string") headers[name] = value;
  }
  // It was not asked to compress, and what is compressed could not be cleaned.
  if (answer.headers["content-encoding"] !== undefined)
    throw new Problem("git.upstream-failed", {
      name: upstream.name,
      why: "it compresses an answer without being asked",
    });
  response.writeHead(200, headers);
  await pipeline(answer, cleanSideband(upstream.credential), response);
}

/** Asks for the advertisement of a service, and reads no more of it than that it is one. Throws a Problem if the upstream does not serve it. */
export async function askUpstream(
  options: { upstream: Upstream; limits: GitLimits; clock: Clock },
  service: "git-upload-pack" | "git-receive-pack",
): Promise<void> {
  const path = `info/refs?service=${service}`;
  const asking = { method: "GET", headers: {} };
  const outgoing = open(options.upstream, path, asking, new AbortController().signal);
  const answered = answerTo(outgoing, options.upstream.name);
  outgoing.end();
  const answer = await answeredInTime(options, outgoing, answered);
  if (
    answer.statusCode !== 200 ||
    answer.headers["content-type"] !== `application/x-${service}-advertisement`
  )
    throw await refusalOf(answer, options.upstream);
  answer.destroy();
}

async function answeredInTime(
  { upstream, limits, clock }: { upstream: Upstream; limits: GitLimits; clock: Clock },
  outgoing: ClientRequest,
  answered: Promise<IncomingMessage>,
): Promise<IncomingMessage> {
  const tooSlow = new AbortController();
  clock.wait(limits.upstreamAnswerMs, tooSlow.signal).then(
    () =>
      outgoing.destroy(
        new Problem("git.upstream-unreachable", { name: upstream.name, why: "it does not answer in time" }),
      ),
    () => "answered in time",
  );
  try {
    return await answered;
  } finally {
    tooSlow.abort();
  }
}

function expectedType(path: string, method: string): string {
  return method === "GET" ? "application/x-git-upload-pack-advertisement" : `application/x-${path}-result`;
}

function open(
  upstream: Upstream,
  path: string,
  request: Pick<IncomingMessage, "method" | "headers">,
  signal: AbortSignal,
): ClientRequest {
  const url = new URL(`${upstream.url.href}/${path}`);
  const headers: Record<string, string> = { "user-agent": "git/nightgate" };
  for (const name of FORWARDED_REQUEST) {
    const value = request.headers[name];
    if (typeof value === "string") headers[name] = value;
  }
  if (request.method === "GET") delete headers["content-encoding"];
  const length = request.headers["content-length"];
  if (request.method === "POST" && length !== undefined) headers["content-length"] = length;
  if (upstream.credential !== null) headers["authorization"] = authorization(upstream.credential);
  // node:http follows no redirect: a credential cannot be led away (G33).
  const start = url.protocol === "https:" ? https.request : http.request;
  return start(url, {
    method: request.method ?? "GET",
    headers,
    signal,
    agent: false,
    lookup: onlyThese(upstream.addresses),
  });
}

/** In the place of the system's resolver: answers with what was checked (H4). */
export function onlyThese(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, { all }, answer) => {
    const [first] = found;
    if (all === true) answer(null, found);
    else answer(null, first?.address ?? "", first?.family);
  };
}

function answerTo(outgoing: ClientRequest, name: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (error instanceof Problem) reject(error);
      else reject(new Problem("git.upstream-unreachable", { name, why: reasonOf(error) }, { cause: error }));
    });
  });
}

function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "its host name is not known";
    case "ECONNREFUSED":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
      return "its host does not answer";
    case "ECONNRESET":
    case "EPIPE":
      return "it closed the connection";
    default:
      return error.code?.startsWith("HPE_") === true
        ? "its answer is not HTTP"
        : `the connection failed, ${error.code ?? "for an unknown reason"}`;
  }
}

/** The Problem behind an answer that is not git's. WWW-Authenticate and Location stay here: the first makes git ask for a password. */
async function refusalOf(answer: IncomingMessage, upstream: Upstream): Promise<Problem> {
  const { name } = upstream;
  const status = answer.statusCode ?? 0;
  const said = await beginningOf(answer, upstream);
  if (status === 401) return new Problem("git.upstream-credential", { name });
  if (status === 403) return new Problem("git.upstream-forbidden", { name });
  if (status === 404 || status === 410) return new Problem("git.upstream-missing", { name });
  if (status >= 300 && status < 400)
    return new Problem("git.upstream-failed", {
      name,
      why: "it redirects to another address, which the gate does not follow",
    });
  if (status === 200)
    return new Problem("git.upstream-failed", { name, why: "it does not answer in git's smart protocol" });
  return new Problem("git.upstream-failed", {
    name,
    why: `it answers with HTTP ${status}${said === "" ? "" : `: ${said}`}`,
  });
}

async function beginningOf(answer: IncomingMessage, upstream: Upstream): Promise<string> {
  const isText = /^text\/plain\b/.test(answer.headers["content-type"] ?? "");
  let text = "";
  if (isText) {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      text += chunk.toString("utf8");
      if (text.length > REFUSAL_BYTES_MAX) break;
    }
  }
  answer.destroy();
  return scrub(text.slice(0, REFUSAL_BYTES_MAX), upstream.credential).replace(/\s+/g, " ").slice(0, 200);
}
