/** A gate's edge for tests: real listeners on real sockets in a folder of their own, real dialling, and upstreams on loopback. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { newId } from "@nightgate/shared/ids";
import type { HttpResource, ModelResource, PolicyDocument, Resource } from "@nightgate/shared/policy";
import type { Policies } from "../../core/ports.ts";
import { createCheckedDial } from "../checked-dial.ts";
import { createCheckedLookup } from "../checked-lookup.ts";
import type { Log } from "../log.ts";
import { createUpstreams, type Upstreams } from "../upstreams.ts";
import type { WorkstationHandlers } from "../workstation-handlers.ts";
import { createWorkstationListeners, type WorkstationListeners } from "../workstation-listeners.ts";

export const ORGANIZATION = newId("organization");
export const WORKSTATION = newId("workstation");

/** Everything that was logged, as one text: for canaries. */
export function memoryLog(): Log & { text(): string } {
  const lines: string[] = [];
  const add = (fields: Record<string, unknown>, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { info: add, warn: add, error: add, text: () => lines.join("\n") };
}

/** A policy whose resources can be changed while a test runs. */
export function policiesOf(resources: Resource[]): Pick<Policies, "current" | "resourceFor"> {
  return {
    current: async () =>
      ({
        organization: ORGANIZATION,
        version: 1,
        quorum: 1,
        approvers: [],
        resources,
      }) satisfies PolicyDocument,
    resourceFor: async (_organization, workstation, id) =>
      resources.find(
        (each) => each.id === id && (each.workstations === "*" || each.workstations.includes(workstation)),
      ) ?? null,
  };
}

export function modelResource(url: string, more: Partial<ModelResource> = {}): ModelResource {
  return {
    kind: "model",
    id: newId("resource"),
    name: "Model",
    api: "anthropic",
    url,
    workstations: "*",
    rehearsal: false,
    ...more,
  };
}

export function httpResource(hosts: string[], more: Partial<HttpResource> = {}): HttpResource {
  return { kind: "http", id: newId("resource"), name: "Registries", hosts, workstations: "*", ...more };
}

export interface Upstream {
  port: number;
  url: string;
  stop(): Promise<void>;
}

/** A plain or TLS upstream on 127.0.0.1. */
export async function startUpstream(
  listener: RequestListener,
  tls?: { key: string; cert: string },
): Promise<Upstream> {
  const server: Server = tls ? createTlsServer(tls, listener) : createServer(listener);
  const port = await listenOnLoopback(server);
  return {
    port,
    url: `http${tls ? "s" : ""}://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function listenOnLoopback(server: {
  listen(port: number, host: string, then: () => void): unknown;
  address(): unknown;
}): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** Upstreams whose names resolve as `names` says, and whose public addresses really are on loopback. Counts the lookups. */
export function testUpstreams(options: {
  names?: Record<string, string[]>;
  reroute?: (address: string, port: number) => { host: string; port: number };
  trust?: string[];
}): { upstreams: Upstreams; lookups: string[]; dialled: string[] } {
  const lookups: string[] = [];
  const dialled: string[] = [];
  const lookup = createCheckedLookup(async (host) => {
    lookups.push(host);
    const found = options.names?.[host];
    if (!found) throw new Error(`no such name: ${host}`);
    return found;
  });
  const dial = createCheckedDial({
    lookup,
    ...(options.trust ? { trust: options.trust } : {}),
    reroute: (address, port) => {
      dialled.push(address);
      return options.reroute?.(address, port) ?? { host: address, port };
    },
  });
  return { upstreams: createUpstreams({ dial }), lookups, dialled };
}

export interface TestWorkstation {
  socketPath: string;
  listeners: WorkstationListeners;
  /** A request in origin-form, as agentd's relay for gate.nightgate sends it. */
  ask(
    path: string,
    options?: { method?: string; headers?: Record<string, string>; body?: string },
  ): Promise<{ status: number; headers: IncomingMessage["headers"]; body: string }>;
  /** Raw bytes out, everything that comes back until the end or `until` matches. */
  raw(bytes: string, until?: RegExp): Promise<string>;
  stop(): Promise<void>;
}

/** Opens one workstation. Handlers that a test does not name answer 501 by throwing. */
export async function openWorkstation(
  handlers: Partial<WorkstationHandlers>,
  log: Log,
  limits = {},
): Promise<TestWorkstation> {
  const folder = mkdtempSync(join(tmpdir(), "ng-edge-"));
  const nobody = async (): Promise<void> => {
    throw new Error("no handler in this test");
  };
  const all: WorkstationHandlers = {
    nightgate: nobody,
    git: nobody,
    model: nobody,
    forward: nobody,
    connect: nobody,
    ...handlers,
  };
  const listeners = createWorkstationListeners({
    folder: join(folder, "sockets"),
    handlers: all,
    log,
    limits,
  });
  await listeners.open({ organization: ORGANIZATION, workstation: WORKSTATION, workstationName: "atlas" });
  const socketPath = join(folder, "sockets", WORKSTATION, "gate.sock");
  return {
    socketPath,
    listeners,
    ask: async (path, options = {}) => await ask(socketPath, path, options),
    raw: async (bytes, until) => await raw(connect(socketPath), bytes, until),
    stop: async () => {
      await listeners.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ask(
  socketPath: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<{ status: number; headers: IncomingMessage["headers"]; body: string }> {
  return await new Promise((resolve, reject) => {
    const sent = request(
      {
        socketPath,
        path,
        method: options.method ?? "GET",
        headers: { host: "gate.nightgate", ...options.headers },
        agent: false,
      },
      (answer) => {
        text(answer).then(
          (body) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }),
          reject,
        );
      },
    );
    sent.on("error", reject);
    sent.end(options.body);
  });
}

/** Writes and reads until the other side ends, `until` matches, or two seconds of silence. */
export async function raw(socket: Socket, bytes: string, until?: RegExp): Promise<string> {
  let seen = "";
  return await new Promise((resolve) => {
    const done = (): void => {
      socket.destroy();
      resolve(seen);
    };
    socket.setTimeout(2_000, done);
    socket.on("data", (chunk) => {
      seen += chunk.toString("latin1");
      if (until?.test(seen)) done();
    });
    socket.on("end", done);
    socket.on("error", done);
    socket.on("close", done);
    socket.write(bytes);
  });
}
