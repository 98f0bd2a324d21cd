/**
 * Requests to the API of a repository's host. Reads of the one repository pass with the credential; what changes something there is understood,
 * written anew, held, and sent when a person has signed it.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { actionDigest } from "@nightgate/evidence/digest";
import { canonicalJson } from "@nightgate/evidence/jcs";
import type { HttpRequestAction, WRITE_METHODS } from "@nightgate/shared/actions";
import { isSettled } from "@nightgate/shared/hold-states";
import { Problem } from "@nightgate/shared/problems";
import type { Hold, Holds, Vault } from "../../../core/ports.ts";
import { boundedBody, hasBody } from "../../../net/bounded-body.ts";
import { answerHeaders, pickHeaders } from "../../../net/headers.ts";
import { NET_LIMITS } from "../../../net/limits.ts";
import { relayAnswer } from "../../../net/relay-answer.ts";
import type { Upstreams } from "../../../net/upstreams.ts";
import type { WorkstationCaller } from "../../../net/workstation-handlers.ts";
import { HTTP_LIMITS } from "../limits.ts";
import { describeRequest } from "./describe-request.ts";
import { bearerOf, type ForgeResource, forgeUrl } from "./forge-of.ts";
import { type ForgeJudged, judgeGithub, repositoryOf, writeOf } from "./github-pack.ts";
import type { KeptAnswer, KeptAnswers } from "./kept-answers.ts";

export interface ForgeSurfaceOptions {
  holds: Pick<Holds, "open" | "list" | "waitUntilSettled" | "clientWaitMs">;
  vault: Vault;
  upstreams: Pick<Upstreams, "send">;
  answers: KeptAnswers;
}

export interface ForgeRequestOf {
  caller: WorkstationCaller;
  /** Those that share the host; which one is meant, the path says. */
  resources: readonly ForgeResource[];
  /** Path and query. */
  path: string;
}

export interface ForgeSurface {
  /** Answers one request; returns the repository that it was for, and the bytes of the answer. Throws Problems. */
  answer(
    request: IncomingMessage,
    response: ServerResponse,
    of: ForgeRequestOf,
  ): Promise<{ resource: string; bytesIn: number }>;
}

type Write = Extract<ForgeJudged, { is: "write" }>;

const READ_HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "if-modified-since",
  "if-none-match",
  "user-agent",
  "x-github-api-version",
]);
/** Addresses elsewhere may carry signatures, which are credentials (invariant 2). */
const DROPPED_HEADERS: ReadonlySet<string> = new Set(["set-cookie", "alt-svc", "location", "x-oauth-scopes"]);

export function createForgeSurface(options: ForgeSurfaceOptions): ForgeSurface {
  return {
    answer: async (request, response, of) => {
      const { resource, judged } = judge(request, of);
      if (judged.is === "read")
        return {
          resource: resource.id,
          bytesIn: await forwardRead(options, request, response, { resource, of }),
        };
      const held = await holdWrite(options, request, judged, { resource, of, response });
      return { resource: resource.id, bytesIn: held };
    },
  };
}

/** The first repository that the request is for; the last refusal where it is for none. */
function judge(
  request: IncomingMessage,
  { resources, path }: ForgeRequestOf,
): { resource: ForgeResource; judged: Exclude<ForgeJudged, { is: "refused" }> } {
  let why = "no repository of the policy is there";
  const method = request.method ?? "";
  for (const resource of resources) {
    const repository = repositoryOf(resource);
    if (repository === null) continue;
    const [bare = ""] = path.split("?");
    const judged = judgeGithub({ method, path: bare }, repository);
    if (judged.is !== "refused") return { resource, judged };
    why = judged.why;
  }
  throw new Problem("forge.refused", { request: `${method} ${path.slice(0, 200)}`, why });
}

async function forwardRead(
  { upstreams, vault }: ForgeSurfaceOptions,
  request: IncomingMessage,
  response: ServerResponse,
  { resource, of }: { resource: ForgeResource; of: ForgeRequestOf },
): Promise<number> {
  if (hasBody(request)) throw new Problem("request.ambiguous", { why: "a read has no body" });
  const url = forgeUrl(resource.forge, of.path);
  const credential = await vault.open(of.caller.organization, resource.id, "git.credential");
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  let bytes = 0;
  const answer = await upstreams.send({
    ...addressOf(url, of.caller.workstation),
    method: request.method ?? "GET",
    headers: [
      ...pickHeaders(request.rawHeaders, READ_HEADERS),
      ...(credential === null ? [] : [["authorization", bearerOf(credential)] as [string, string]]),
    ],
    body: null,
    headersMsMax: NET_LIMITS.readHeadersMsMax,
    idleMsMax: NET_LIMITS.readIdleMsMax,
    signal: gone.signal,
  });
  await relayAnswer(answer, response, {
    host: url.hostname,
    headers: answerHeaders(answer.headers, DROPPED_HEADERS),
    observe: (chunk) => {
      bytes += chunk.length;
    },
  });
  return bytes;
}

/** What `Upstreams.send` needs to know of a URL that the policy names itself. */
export function addressOf(url: URL, workstation: string) {
  const protocol = url.protocol === "http:" ? "http:" : "https:";
  const port = Number(url.port) || (protocol === "http:" ? 80 : 443);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const path = `${url.pathname}${url.search}`;
  return { workstation, protocol, host, port, path, named: true } as const;
}

async function holdWrite(
  options: ForgeSurfaceOptions,
  request: IncomingMessage,
  write: Write,
  { resource, of, response }: { resource: ForgeResource; of: ForgeRequestOf; response: ServerResponse },
): Promise<number> {
  const { caller, path } = of;
  if (resource.push === "deny")
    throw new Problem("forge.refused", {
      request: `${request.method} ${path.slice(0, 200)}`,
      why: "the policy lets nothing be written to this repository",
    });
  if (path.includes("?")) throw new Problem("request.ambiguous", { why: "a write has no query" });
  const body = await readJson(request);
  const repository = repositoryOf(resource);
  const fault = repository === null ? null : (write.rule.fault?.(body, repository) ?? null);
  if (fault !== null)
    throw new Problem("forge.refused", { request: `${request.method} ${path.slice(0, 200)}`, why: fault });
  const action: HttpRequestAction = {
    kind: "http.request",
    organization: caller.organization,
    workstation: caller.workstation,
    resource: resource.id,
    method: request.method as (typeof WRITE_METHODS)[number],
    url: forgeUrl(resource.forge, path).href,
    headers: [
      ["accept", "application/vnd.github+json"],
      ["content-type", "application/json"],
      ["user-agent", "nightgate"],
      ["x-github-api-version", "2022-11-28"],
    ],
    body: canonicalJson(body),
  };
  const known = await sameOf(options, action);
  if (known?.answer) return send(response, known.answer, known.hold);
  const hold = known?.hold ?? (await open(options, action, body, { write, resource, caller }));
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const waitMs = options.holds.clientWaitMs(caller.organization);
  const told = await options.holds.waitUntilSettled(caller.organization, hold.id, waitMs, gone.signal);
  if (gone.signal.aborted) return 0;
  return send(response, answerFor(options, told), told);
}

/** A retry finds its hold while that waits or is on its way, and the answer once after that (H28 to H30). */
async function sameOf(
  { holds, answers }: ForgeSurfaceOptions,
  action: HttpRequestAction,
): Promise<{ hold: Hold; answer: KeptAnswer | null } | null> {
  const digest = actionDigest(action);
  const recent = await holds.list(action.organization, {
    workstation: action.workstation,
    kind: "http.request",
    states: ["pending", "approved", "releasing", "released", "failed"],
  });
  for (const hold of recent.filter((each) => each.actionDigest === digest)) {
    if (!isSettled(hold.state)) return { hold, answer: null };
    const answer = answers.take(hold.id);
    if (answer !== null) return { hold, answer };
  }
  return null;
}

async function open(
  { holds }: ForgeSurfaceOptions,
  action: HttpRequestAction,
  body: Record<string, unknown>,
  {
    write: { rule, number },
    resource,
    caller,
  }: { write: Write; resource: ForgeResource; caller: WorkstationCaller },
): Promise<Hold> {
  const write = writeOf(rule, number, body);
  const before = write.branch === null ? null : await heldPush(holds, action, write.branch);
  const after = before?.id ?? null;
  return await holds.open({
    action,
    card: describeRequest({
      action,
      write,
      body,
      workstationName: caller.workstationName,
      resourceName: resource.name,
      after,
    }),
    // What follows a push is of its run, where the request does not say.
    caller: { ...caller, run: caller.run ?? before?.run ?? null },
    resource: resource.id,
    agentWords: "",
    supersedes: null,
    after,
    // Nothing beside the row: the whole request is in the action.
    keep: async () => undefined,
  });
}

/** The held push that brings the branch, the newest one where there are several. */
async function heldPush(
  holds: Pick<Holds, "list">,
  { organization, workstation, resource }: HttpRequestAction,
  branch: string,
): Promise<Hold | null> {
  const open = await holds.list(organization, {
    workstation,
    kind: "git.push",
    states: ["pending", "approved", "releasing"],
  });
  const brings = open.filter(
    ({ action }) =>
      action.kind === "git.push" &&
      action.resource === resource &&
      action.updates.some((update) => update.ref === `refs/heads/${branch}`),
  );
  return brings.toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime())[0] ?? null;
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  if ((request.headers["content-encoding"] ?? "identity") !== "identity")
    throw new Problem("request.ambiguous", { why: "its body is packed; send it as it is" });
  const body = boundedBody(request, HTTP_LIMITS.heldBodyBytesMax);
  const raw = body === null ? "{}" : await text(body.stream);
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch (error) {
    throw new Problem("request.ambiguous", { why: "its body is not JSON" }, { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Problem("request.ambiguous", { why: "its body is not a JSON object" });
  return value as Record<string, unknown>;
}

function answerFor({ answers }: ForgeSurfaceOptions, hold: Hold): KeptAnswer {
  const kept = hold.state === "released" || hold.state === "failed" ? answers.take(hold.id) : null;
  if (kept !== null) return kept;
  const problem = problemFor(hold);
  return {
    status: problem.http,
    type: "application/problem+json",
    body: `${JSON.stringify({
      type: `urn:nightgate:${problem.code}`,
      title: problem.message,
      status: problem.http,
      detail: problem.message,
      // What GitHub's own clients print.
      message: problem.message,
      hold: hold.id,
    })}\n`,
  };
}

function problemFor(hold: Hold): Problem {
  switch (hold.state) {
    case "pending":
    case "approved":
    case "releasing":
      return new Problem("forge.held", { hold: hold.id, after: hold.after });
    case "rejected":
      return new Problem("forge.ended", {
        hold: hold.id,
        how:
          hold.words === "" ? "was rejected by the reviewer" : `was rejected by the reviewer: ${hold.words}`,
      });
    default:
      return new Problem("forge.ended", {
        hold: hold.id,
        how: `ended as ${hold.state}${hold.words === "" ? "" : `: ${hold.words}`}`,
      });
  }
}

function send(response: ServerResponse, answer: KeptAnswer, hold: Hold): number {
  const body = Buffer.from(answer.body, "utf8");
  response.writeHead(answer.status, {
    "content-type": answer.type,
    "content-length": body.length,
    "cache-control": "no-store",
    "x-nightgate-hold": hold.id,
  });
  response.end(body);
  return 0;
}
