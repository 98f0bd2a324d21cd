/**
 * The way out for HTTP: package registries and the hosts that the policy lists may be read, everything else is refused with a sentence.
 * Requests come as CONNECT (also from tools that know no proxy: agentd opens one for each name on loopback) and in absolute-form.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Problem } from "@nightgate/shared/problems";
import type { Denials } from "../../core/denials.ts";
import type { Policies } from "../../core/ports.ts";
import { hasBody } from "../../net/bounded-body.ts";
import { readAuthority } from "../../net/host-name.ts";
import type { Log } from "../../net/log.ts";
import { asProblem, dropBody, problemBody, sendProblem } from "../../net/send-problem.ts";
import { createTunnels } from "../../net/tunnels.ts";
import type { Upstreams } from "../../net/upstreams.ts";
import type { WorkstationAuthorities } from "../../net/workstation-authorities.ts";
import type { ConnectHandler, ForwardHandler, WorkstationCaller } from "../../net/workstation-handlers.ts";
import { forgesAt } from "./forge/forge-of.ts";
import type { ForgeSurface } from "./forge/forge-surface.ts";
import { forwardRead } from "./forward.ts";
import { judge } from "./judge.ts";
import { HTTP_LIMITS } from "./limits.ts";
import type { Traffic } from "./traffic.ts";

export interface EgressOptions {
  policies: Pick<Policies, "current">;
  authorities: Pick<WorkstationAuthorities, "secureContext">;
  upstreams: Pick<Upstreams, "send">;
  traffic: Pick<Traffic, "count">;
  denials: Pick<Denials, "note">;
  forge: ForgeSurface;
  log: Log;
}

export interface Egress {
  forward: ForwardHandler;
  connect: ConnectHandler;
  stop(): void;
}

const TUNNEL_PORTS: ReadonlySet<number> = new Set([80, 443]);

export function createEgress(options: EgressOptions): Egress {
  const forward: ForwardHandler = async (request, response, caller, target) =>
    await answerOne(options, request, response, caller, target);
  const tunnels = createTunnels({ authorities: options.authorities, onRequest: forward, log: options.log });
  return {
    forward,
    connect: async (request, socket, head, caller) => {
      try {
        const { host, port } = readAuthority(request.url ?? "", null);
        if (!TUNNEL_PORTS.has(port)) throw new Problem("egress.port-refused", { host, port });
        // Hosts that are not allowed get their tunnel too: only inside it can the client be told why, in a way that it shows.
        await tunnels.open(socket, head, { caller, host, port });
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        refuseConnect(socket, error as Problem);
      }
    },
    stop: () => tunnels.stop(),
  };
}

async function answerOne(
  options: EgressOptions,
  request: IncomingMessage,
  response: ServerResponse,
  caller: WorkstationCaller,
  target: { host: string; port: number; path: string },
): Promise<void> {
  const { organization, workstation } = caller;
  checkPath(target.path);
  const policy = await options.policies.current(organization);
  const resources = forgesAt(policy, workstation, target.host);
  if (resources.length > 0)
    return await answerForge(options, request, response, { caller, resources, target });
  const verdict = judge(policy, workstation, {
    ...target,
    method: request.method ?? "",
    hasBody: hasBody(request),
    upgrade: request.headers.upgrade ?? null,
  });
  const bytesOut = Buffer.byteLength(target.path);
  if (verdict instanceof Problem) {
    options.traffic.count({
      organization,
      workstation,
      target: target.host,
      verdict: "deny",
      bytesOut: 0,
      bytesIn: 0,
    });
    noteDenial(options, request, caller, target.host, verdict as Problem);
    sendProblem(response, verdict as Problem);
    dropBody(request);
    return;
  }
  let bytesIn = 0;
  try {
    bytesIn = await forwardRead(options.upstreams, request, response, { workstation, ...target });
  } finally {
    options.traffic.count({
      organization,
      workstation,
      target: verdict.id,
      verdict: "allow",
      bytesOut,
      bytesIn,
    });
  }
}

/** The API of a repository's host: judged by what is asked for, not by the host. */
async function answerForge(
  options: EgressOptions,
  request: IncomingMessage,
  response: ServerResponse,
  asked: {
    caller: WorkstationCaller;
    resources: ReturnType<typeof forgesAt>;
    target: { host: string; port: number; path: string };
  },
): Promise<void> {
  const { forge, traffic, log } = options;
  const { caller, resources, target } = asked;
  const { organization, workstation } = caller;
  const count = { organization, workstation, bytesOut: Buffer.byteLength(target.path) };
  try {
    if (!TUNNEL_PORTS.has(target.port))
      throw new Problem("egress.port-refused", { host: target.host, port: target.port });
    const { resource, bytesIn } = await forge.answer(request, response, {
      caller,
      resources,
      path: target.path,
    });
    traffic.count({ ...count, target: resource, verdict: "allow", bytesIn });
  } catch (error) {
    traffic.count({ ...count, target: target.host, verdict: "deny", bytesOut: 0, bytesIn: 0 });
    const problem = asProblem(error, log);
    if (problem.code === "forge.refused") noteDenial(options, request, caller, target.host, problem);
    sendProblem(response, problem);
    dropBody(request);
  }
}

function noteDenial(
  { denials }: EgressOptions,
  { method = "" }: IncomingMessage,
  { organization, workstation, run }: WorkstationCaller,
  host: string,
  { message }: Problem,
): void {
  denials.note({ organization, workstation, run, what: `${method} ${host}`, why: message });
}

function checkPath(path: string): void {
  if (path.length > HTTP_LIMITS.pathBytesMax) {
    throw new Problem("too-large", { what: "The path", limit: `${HTTP_LIMITS.pathBytesMax / 1024} KiB` });
  }
  if (!/^\/[\x21-\x7e]*$/.test(path) || /[#\\]/.test(path)) {
    throw new Problem("request.ambiguous", { why: "its path has characters that must be written as %XX" });
  }
}

/** Clients show little of this; it is for ports that no HTTP client speaks to, and for names that are none. */
function refuseConnect(socket: { end(bytes: string): unknown }, problem: Problem): void {
  const body = problemBody(problem);
  const reason = problem.http === 403 ? "Refused by nightgate" : "Bad Request";
  socket.end(
    `HTTP/1.1 ${problem.http} ${reason}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
