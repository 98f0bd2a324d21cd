/**
 * The workstation's whole network, on loopback: names get addresses, connections to them are handed by name to the gate,
 * and the proxy port leads to the gate as it is. It decides nothing: what may pass is decided behind gate.sock (invariant 1).
 */
import { createServer, type Server, type Socket } from "node:net";
import { GATE_HOST_INSIDE } from "@nightgate/shared/workstation-environment";
import type { Logger } from "pino";
import { LIMITS } from "../limits.ts";
import { startDnsAnswerer } from "./dns-answerer.ts";
import { dialGate, openTunnel } from "./gate-dial.ts";
import { createNames } from "./names.ts";
import { splice } from "./splice.ts";

export interface RelayOptions {
  gateSocket: string;
  /** Where names are asked for; port 53 but in tests. */
  dnsPort: number;
  /** The HTTP proxy's port on 127.0.0.1. */
  proxyPort: number;
  /** Ports that each name has; 80 and 443 but in tests. */
  namedPorts: readonly number[];
  log: Logger;
}

export interface Relay {
  dnsPort: number;
  stop(): Promise<void>;
}

/** Starts all of it. Rejects if DNS or the proxy port cannot be bound. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { gateSocket, log } = options;
  const connections = new Set<Socket>();
  const listeners = new Map<string, { servers: Server[]; connections: number }>();
  const names = createNames({
    mayEvict: (address) => (listeners.get(address)?.connections ?? 0) === 0,
    onEvict: (address) => {
      for (const server of listeners.get(address)?.servers ?? []) server.close();
      listeners.delete(address);
    },
  });

  const carry = async (
    socket: Socket,
    address: string | null,
    open: () => Promise<Socket | null>,
  ): Promise<void> => {
    if (connections.size >= LIMITS.relayConnectionsMax) return void socket.destroy();
    const listener = address === null ? undefined : listeners.get(address);
    connections.add(socket);
    if (listener) listener.connections += 1;
    socket.on("error", () => socket.destroy());
    try {
      const far = await open();
      if (far !== null) await splice(socket, far);
    } catch (error) {
      log.debug({ error }, "A connection found no gate.");
      socket.resetAndDestroy();
    } finally {
      connections.delete(socket);
      if (listener) listener.connections -= 1;
    }
  };

  const tunnel = async (socket: Socket, name: string, port: number): Promise<Socket | null> => {
    if (name === GATE_HOST_INSIDE && port === 80) return await dialGate(gateSocket);
    const opened = await openTunnel(gateSocket, name, port);
    if (opened.ok) return opened.socket;
    log.debug({ name, port, status: opened.status }, "The gate refused a name.");
    refuse(socket, port, opened);
    return null;
  };

  const listenFor = async (name: string): Promise<string | null> => {
    const address = names.addressOf(name);
    if (address === null || listeners.has(address)) return address;
    const servers: Server[] = [];
    listeners.set(address, { servers, connections: 0 });
    for (const port of options.namedPorts) {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
        const meant = names.nameOf(address);
        if (meant === null) return void socket.destroy();
        void carry(socket, address, async () => await tunnel(socket, meant, port));
      });
      servers.push(server);
      // Bound to the one address, never to all: loopback's other ports belong to the workstation's own services.
      await listen(server, port, address);
    }
    return address;
  };

  const proxy = createServer(
    { allowHalfOpen: true, noDelay: true },
    (socket) => void carry(socket, null, async () => await dialGate(gateSocket)),
  );
  await listen(proxy, options.proxyPort, "127.0.0.1");
  // One at a time per name: the second question waits until the listeners of the first are there.
  const opening = new Map<string, Promise<string | null>>();
  const resolve = (name: string): Promise<string | null> => {
    const begun = opening.get(name) ?? listenFor(name).finally(() => opening.delete(name));
    opening.set(name, begun);
    return begun;
  };
  const dns = await startDnsAnswerer({ address: "127.0.0.1", port: options.dnsPort, resolve });
  return {
    dnsPort: dns.port,
    stop: async () => {
      await dns.stop();
      const servers = [proxy, ...[...listeners.values()].flatMap((listener) => listener.servers)];
      const closed = servers.map(
        async (server) => await new Promise<void>((done) => server.close(() => done())),
      );
      for (const socket of connections) socket.destroy();
      await Promise.all(closed);
    },
  };
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      server.removeListener("error", reject);
      server.on("error", (error) => void error);
      resolve();
    });
  });
}

/** Says no: in HTTP where the client speaks it, by closing where it expects TLS. */
function refuse(socket: Socket, port: number, { status, body }: { status: number; body: string }): void {
  if (port === 443) return void socket.resetAndDestroy();
  const bytes = Buffer.from(body || "The gate refused this host.\n", "utf8");
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${bytes.length}\r\nConnection: close\r\n\r\n${bytes.toString("utf8")}`,
  );
  socket.resume();
}
