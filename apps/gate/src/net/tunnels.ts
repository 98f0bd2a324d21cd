/**
 * What comes after CONNECT: on port 443 the gate ends the TLS itself, with a leaf for exactly the name that CONNECT said, on port 80 it reads
 * plain HTTP. Each request that then comes out is judged on its own, also the hundredth on the same connection (H9).
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { NET_LIMITS, type NetLimits } from "./limits.ts";
import type { Log } from "./log.ts";
import { readTunnelledTarget } from "./request-target.ts";
import { takeRunHint } from "./run-hint.ts";
import { asProblem, dropBody, sendProblem } from "./send-problem.ts";
import { refuseUnreadable, serverOptions } from "./server-options.ts";
import { createTurnstile, type Turnstile } from "./turnstile.ts";
import type { WorkstationAuthorities } from "./workstation-authorities.ts";
import type { ForwardHandler, WorkstationCaller } from "./workstation-handlers.ts";

export interface TunnelEnd {
  caller: WorkstationCaller;
  host: string;
  port: number;
}

export interface Tunnels {
  /** Answers CONNECT with 200 and serves what comes. `socket` has been detached from its HTTP parser; `head` are bytes it had read too far. */
  open(socket: Duplex, head: Buffer, end: TunnelEnd): Promise<void>;
  stop(): void;
}

export interface TunnelOptions {
  authorities: Pick<WorkstationAuthorities, "secureContext">;
  /** Judges and answers one request. */
  onRequest: ForwardHandler;
  log: Log;
  limits?: Partial<NetLimits>;
}

const TLS_PORT = 443;

export function createTunnels(options: TunnelOptions): Tunnels {
  const limits: NetLimits = { ...NET_LIMITS, ...options.limits };
  const ends = new WeakMap<Socket, TunnelEnd>();
  const turnstiles = new Map<string, Turnstile>();
  const turnstileOf = (workstation: string): Turnstile => {
    const turnstile = turnstiles.get(workstation) ?? createTurnstile(limits);
    turnstiles.set(workstation, turnstile);
    return turnstile;
  };
  const server = createServer(serverOptions(limits), (request, response) => {
    const end = ends.get(request.socket);
    if (end) void answer(request, response, end, turnstileOf(end.caller.workstation), options);
    else request.socket.destroy();
  });
  // A CONNECT inside a tunnel, or bytes that are no HTTP.
  server.on("connect", (_request, socket: Duplex) => refuseUnreadable(socket));
  server.on("clientError", (_error: Error, socket: Duplex) => refuseUnreadable(socket));

  return {
    open: async (socket, head, end) => {
      const context =
        end.port === TLS_PORT
          ? await options.authorities.secureContext(end.caller.workstation, end.host)
          : null;
      if (socket.destroyed) return;
      // Never hold the answer to CONNECT: clients give up on it long before they give up on a request.
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      if (head.length > 0) socket.unshift(head);
      if (!context) {
        ends.set(socket as Socket, end);
        server.emit("connection", socket);
        return;
      }
      const secured = new TLSSocket(socket, {
        isServer: true,
        secureContext: context,
        ALPNProtocols: ["http/1.1"],
      });
      secured.setTimeout(limits.tlsHandshakeMsMax, () => secured.destroy());
      secured.on("error", () => secured.destroy());
      secured.once("secure", () => {
        secured.setTimeout(0);
        // A leaf is shown for one name; a client that asked for another one inside is confused or confusing.
        const asked = (secured as unknown as { servername?: string | false }).servername;
        if (typeof asked === "string" && asked.toLowerCase() !== end.host) {
          secured.destroy();
          return;
        }
        ends.set(secured, end);
        server.emit("connection", secured);
      });
    },
    stop: () => server.closeAllConnections(),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  end: TunnelEnd,
  turnstile: Turnstile,
  options: TunnelOptions,
): Promise<void> {
  response.on("error", () => response.destroy());
  const leave = turnstile.enter(request);
  if (!leave) {
    request.socket.destroy();
    return;
  }
  response.once("close", leave);
  const run = takeRunHint(request) ?? end.caller.run;
  try {
    const path = readTunnelledTarget(request, end);
    await options.onRequest(
      request,
      response,
      { ...end.caller, run },
      { host: end.host, port: end.port, path },
    );
  } catch (error) {
    sendProblem(response, asProblem(error, options.log));
    dropBody(request);
  }
}
