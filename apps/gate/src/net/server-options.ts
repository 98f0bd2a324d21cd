/** How the gate's HTTP servers towards workstations are set up, and how they refuse bytes that are no HTTP. */
import type { createServer } from "node:http";
import type { Duplex } from "node:stream";
import type { NetLimits } from "./limits.ts";

/** The same settings for sockets and for what comes out of tunnels. */
export function serverOptions(limits: NetLimits): Parameters<typeof createServer>[0] & object {
  return {
    insecureHTTPParser: false,
    maxHeaderSize: limits.requestHeaderBytesMax,
    headersTimeout: limits.requestHeadersMsMax,
    // A held request lasts as long as a person needs.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    requireHostHeader: true,
    noDelay: true,
  };
}

/** For bytes that are not HTTP/1.1: one sentence and the end. */
export function refuseUnreadable(socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = "nightgate: these bytes are not one clear HTTP/1.1 request. Nothing was sent.\n";
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  socket.once("finish", () => socket.destroy());
}
