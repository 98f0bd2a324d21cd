/**
 * Dials upstreams: the address that was checked is the address that is dialled, and the name that was matched is the name in the
 * certificate. Certificates are always verified, whatever the process's environment says.
 */
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { Problem } from "@nightgate/shared/problems";
import type { CheckedLookup } from "./checked-lookup.ts";
import { NET_LIMITS } from "./limits.ts";

export interface DialTarget {
  /** A name, or for a resource whose URL has one, an address without brackets. */
  host: string;
  port: number;
  tls: boolean;
  /** The policy's own URL names this host. */
  named: boolean;
}

/** Resolves with a connected (and for TLS verified) socket. Throws Problems upstream.unreachable, upstream.certificate, upstream.address-refused. */
export type Dial = (target: DialTarget) => Promise<Socket>;

export interface DialOptions {
  lookup: CheckedLookup;
  /** PEM certificates to trust instead of the system's and NODE_EXTRA_CA_CERTS. For tests. */
  trust?: string[];
  /** Where `address` really is. For tests, whose upstreams are on loopback. */
  reroute?: (address: string, port: number) => { host: string; port: number };
}

/** Makes the one way by which agents' bytes reach an upstream over TCP. */
export function createCheckedDial(options: DialOptions): Dial {
  return async (target) => {
    const addresses = await options.lookup.addresses(target.host, target.named);
    const socket = await firstThatConnects(target, addresses, options);
    if (!target.tls) return socket;
    return await secure(socket, target, options.trust);
  };
}

async function firstThatConnects(
  target: DialTarget,
  addresses: string[],
  options: DialOptions,
): Promise<Socket> {
  let why = "it has no address";
  for (const address of addresses) {
    const place = options.reroute?.(address, target.port) ?? { host: address, port: target.port };
    const result = await tryToConnect(place);
    if (typeof result !== "string") return result;
    why = result;
  }
  throw new Problem("upstream.unreachable", { host: target.host, why });
}

async function tryToConnect(place: { host: string; port: number }): Promise<Socket | string> {
  const socket = connectTcp({ ...place, noDelay: true, keepAlive: true });
  return await new Promise((resolve) => {
    const giveUp = (why: string): void => {
      socket.destroy();
      resolve(why);
    };
    socket.setTimeout(NET_LIMITS.connectMsMax, () => giveUp("it does not answer"));
    socket.once("error", (error: NodeJS.ErrnoException) => giveUp(inWords(error)));
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.removeAllListeners();
      resolve(socket);
    });
  });
}

async function secure(socket: Socket, target: DialTarget, trust: string[] | undefined): Promise<TLSSocket> {
  const { host } = target;
  const secured = connectTls({
    socket,
    host,
    ...(isIP(host) ? {} : { servername: host }),
    ...(trust ? { ca: trust } : {}),
    ALPNProtocols: ["http/1.1"],
    minVersion: "TLSv1.2",
    rejectUnauthorized: true,
  });
  return await new Promise((resolve, reject) => {
    secured.setTimeout(NET_LIMITS.connectMsMax, () => {
      secured.destroy();
      reject(new Problem("upstream.unreachable", { host, why: "it does not finish the TLS handshake" }));
    });
    secured.once("error", (error: NodeJS.ErrnoException) => {
      secured.destroy();
      reject(handshakeProblem(host, error));
    });
    secured.once("secureConnect", () => {
      secured.setTimeout(0);
      secured.removeAllListeners("timeout").removeAllListeners("error");
      resolve(secured);
    });
  });
}

const NETWORK_FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "it refuses the connection",
  ECONNRESET: "it cut the connection",
  EPIPE: "it cut the connection",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
  ETIMEDOUT: "it does not answer",
};

/** A connection's error in words, without addresses or ports. */
export function inWords(error: NodeJS.ErrnoException): string {
  return NETWORK_FAULTS[error.code ?? ""] ?? "the connection failed";
}

function handshakeProblem(host: string, error: NodeJS.ErrnoException): Problem {
  const known = NETWORK_FAULTS[error.code ?? ""];
  if (known) return new Problem("upstream.unreachable", { host, why: known }, { cause: error });
  return new Problem("upstream.certificate", { host, why: error.code ?? "TLS failed" }, { cause: error });
}
