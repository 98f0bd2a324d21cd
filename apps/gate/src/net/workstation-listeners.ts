/**
 * The gate's end of each workstation's gate.sock: one listener per workstation, in a folder that the gate owns and the container
 * mounts read-only. Whichever socket a connection came in on is who it is (invariant 1).
 */
import { chmod, mkdir, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { workstationId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { GATE_HOST_INSIDE } from "@nightgate/shared/workstation-environment";
import { NET_LIMITS, type NetLimits } from "./limits.ts";
import type { Log } from "./log.ts";
import { readRequestTarget } from "./request-target.ts";
import { takeRunHint } from "./run-hint.ts";
import { asProblem, dropBody, sendProblem } from "./send-problem.ts";
import { refuseUnreadable, serverOptions } from "./server-options.ts";
import { createTurnstile, type Turnstile } from "./turnstile.ts";
import type { WorkstationCaller, WorkstationHandlers } from "./workstation-handlers.ts";

export interface WorkstationOpening {
  organization: string;
  workstation: string;
  workstationName: string;
}

export interface WorkstationListeners {
  /** Listens on <folder>/<workstation>/gate.sock; opening what is open changes nothing. Throws Problem socket.path-too-long. */
  open(opening: WorkstationOpening): Promise<void>;
  /** For a workstation that is removed: cuts its connections and removes its socket and folder. */
  close(workstation: string): Promise<void>;
  /** For a gate that goes and comes back: the folders stay, so that running workstations find the new socket where the old one was. */
  stop(): Promise<void>;
}

export interface ListenerOptions {
  /** Owned by the gate; each workstation's folder in it is what its container mounts. */
  folder: string;
  handlers: WorkstationHandlers;
  log: Log;
  limits?: Partial<NetLimits>;
}

interface Listener {
  server: Server;
  sockets: Set<Duplex>;
  folder: string;
}

/** Makes no listener yet: `open` does. */
export function createWorkstationListeners(options: ListenerOptions): WorkstationListeners {
  const limits: NetLimits = { ...NET_LIMITS, ...options.limits };
  const listeners = new Map<string, Promise<Listener>>();
  /** Cuts and stops to listen. The folder stays: a running container has mounted it, and a new one in its place would be another. */
  const shut = async (workstation: string): Promise<Listener | null> => {
    const listener = await listeners.get(workstation);
    if (!listener) return null;
    listeners.delete(workstation);
    for (const socket of listener.sockets) socket.destroy();
    await new Promise<void>((resolve) => listener.server.close(() => resolve()));
    return listener;
  };
  return {
    open: async (opening) => {
      const known = listeners.get(opening.workstation);
      const listener = known ?? listen(opening, options, limits);
      listeners.set(opening.workstation, listener);
      try {
        await listener;
      } catch (error) {
        listeners.delete(opening.workstation);
        throw error;
      }
    },
    close: async (workstation) => {
      const listener = await shut(workstation);
      if (listener) await rm(listener.folder, { recursive: true, force: true });
    },
    stop: async () => void (await Promise.all([...listeners.keys()].map(shut))),
  };
}

async function listen(
  opening: WorkstationOpening,
  options: ListenerOptions,
  limits: NetLimits,
): Promise<Listener> {
  const folder = join(options.folder, workstationId.parse(opening.workstation));
  const path = join(folder, "gate.sock");
  if (Buffer.byteLength(path) > limits.socketPathBytesMax) {
    throw new Problem("socket.path-too-long", { path, limit: limits.socketPathBytesMax });
  }
  await mkdir(options.folder, { recursive: true });
  await chmod(options.folder, 0o711);
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  await rm(path, { force: true });
  const { server, sockets } = makeServer(opening, options, limits);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
  // The container's users are mapped to uids that own nothing here: the folder's mount decides who reaches the socket.
  await chmod(path, 0o666);
  server.on("error", (error) =>
    options.log.error(
      { workstation: opening.workstation, error: error.message },
      "a workstation's listener failed",
    ),
  );
  return { server, sockets, folder };
}

function makeServer(
  opening: WorkstationOpening,
  options: ListenerOptions,
  limits: NetLimits,
): { server: Server; sockets: Set<Duplex> } {
  const sockets = new Set<Duplex>();
  const throughProxyForm = new WeakSet<Duplex>();
  const turnstile = createTurnstile(limits);
  // Invariant 1: the caller is made from the listening socket; a message adds the run's hint and nothing else.
  const callerOf = (request: IncomingMessage): WorkstationCaller => ({
    ...opening,
    run: takeRunHint(request),
  });
  const server = createServer(serverOptions(limits), (request, response) => {
    void answer(request, response, callerOf(request), options, turnstile);
  });
  server.maxConnections = limits.workstationConnectionsMax;
  server.on("connection", (socket: Duplex) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("connect", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const caller = callerOf(request);
    socket.on("error", () => socket.destroy());
    if (request.url?.toLowerCase() === `${GATE_HOST_INSIDE}:80`) {
      // Once: a CONNECT within a CONNECT costs a parser that stays as long as the connection does.
      if (throughProxyForm.has(socket)) return refuseUnreadable(socket);
      throughProxyForm.add(socket);
      // The gate itself, asked through the proxy form: the same connection goes on as if it had been dialled directly.
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      if (head.length > 0) socket.unshift(head);
      server.emit("connection", socket);
      return;
    }
    options.handlers.connect(request, socket, head, caller).catch((error: unknown) => {
      asProblem(error, options.log);
      socket.destroy();
    });
  });
  server.on("clientError", (_error: Error, socket: Duplex) => refuseUnreadable(socket));
  return { server, sockets };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  caller: WorkstationCaller,
  options: ListenerOptions,
  turnstile: Turnstile,
): Promise<void> {
  response.on("error", () => response.destroy());
  const leave = turnstile.enter(request);
  if (!leave) {
    request.socket.destroy();
    return;
  }
  response.once("close", leave);
  try {
    await route(request, response, caller, options.handlers);
  } catch (error) {
    sendProblem(response, asProblem(error, options.log));
    dropBody(request);
  }
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  caller: WorkstationCaller,
  handlers: WorkstationHandlers,
): Promise<void> {
  const target = readRequestTarget(request);
  if (target.to === "outside") {
    await handlers.forward(request, response, caller, target);
    return;
  }
  // Handlers see the path alone, however it was asked for.
  request.url = target.path;
  const [, first = ""] = target.path.split(/[/?]/, 2);
  if (first === "nightgate") await handlers.nightgate(request, response, caller);
  else if (first === "git") await handlers.git(request, response, caller);
  else if (first === "model") await handlers.model(request, response, caller);
  else throw new Problem("not-found", { what: "such path" });
}
