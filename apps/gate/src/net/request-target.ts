/**
 * What a request on a workstation's socket is for. node:http is strict about framing, but lets through two Host lines, an absolute
 * URL beside another Host, and any text as CONNECT's authority; here each of them is refused (RFC 9112 section 3.2).
 */
import type { IncomingMessage } from "node:http";
import { Problem } from "@nightgate/shared/problems";
import { GATE_HOST_INSIDE } from "@nightgate/shared/workstation-environment";
import { readAuthority } from "./host-name.ts";

export type RequestTarget =
  | { to: "gate"; path: string }
  | { to: "outside"; host: string; port: number; path: string };

const HTTP_PORT = 80;
/** Programs inside that dial the socket by path say localhost, for want of a name. */
const GATE_NAMES: ReadonlySet<string> = new Set([GATE_HOST_INSIDE, "localhost"]);

/** Reads origin-form and absolute-form targets. Throws Problem request.ambiguous or egress.host-invalid. */
export function readRequestTarget(request: IncomingMessage): RequestTarget {
  const hostLine = onlyHostLine(request);
  const url = request.url ?? "";
  if (url.startsWith("/")) {
    if (!GATE_NAMES.has(withoutPort(hostLine))) {
      throw new Problem("request.ambiguous", {
        why: `it has no full URL, and its Host is not ${GATE_HOST_INSIDE}`,
      });
    }
    return { to: "gate", path: url };
  }
  const absolute = /^http:\/\/([^/?#]*)(.*)$/i.exec(url);
  if (!absolute)
    throw new Problem("request.ambiguous", { why: "its target is neither a path nor an http:// URL" });
  const authority = (absolute[1] ?? "").toLowerCase();
  if (authority !== hostLine && withPort(authority) !== withPort(hostLine)) {
    throw new Problem("request.ambiguous", { why: "its Host is not the host of its URL" });
  }
  const path = pathOf(absolute[2] ?? "");
  const { host, port } = readAuthority(authority, HTTP_PORT);
  if (host === GATE_HOST_INSIDE && port === HTTP_PORT) return { to: "gate", path };
  return { to: "outside", host, port, path };
}

/** For requests inside a tunnel: their Host must be the name that CONNECT said. Returns the path. */
export function readTunnelledTarget(
  request: IncomingMessage,
  tunnel: { host: string; port: number },
): string {
  const hostLine = onlyHostLine(request);
  const defaultPort = tunnel.port === HTTP_PORT ? HTTP_PORT : 443;
  let path = request.url ?? "";
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(path);
  if (absolute) {
    if ((absolute[1] ?? "").toLowerCase() !== hostLine) {
      throw new Problem("request.ambiguous", { why: "its Host is not the host of its URL" });
    }
    path = pathOf(absolute[2] ?? "");
  }
  const named = readAuthority(hostLine, defaultPort);
  if (named.host !== tunnel.host || named.port !== tunnel.port) {
    throw new Problem("request.ambiguous", {
      why: `its Host is ${named.host}, but the tunnel leads to ${tunnel.host}`,
    });
  }
  if (!path.startsWith("/")) throw new Problem("request.ambiguous", { why: "its target is not a path" });
  return path;
}

function onlyHostLine(request: IncomingMessage): string {
  const lines = request.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host");
  if (lines.length !== 1) throw new Problem("request.ambiguous", { why: "it has not exactly one Host" });
  return (request.headers.host ?? "").toLowerCase();
}

function pathOf(rest: string): string {
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function withoutPort(host: string): string {
  return host.replace(/:[0-9]{1,5}$/, "");
}

function withPort(host: string): string {
  return /:[0-9]{1,5}$/.test(host) ? host : `${host}:${HTTP_PORT}`;
}
