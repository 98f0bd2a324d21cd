/**
 * The workstation's whole network, on loopback: names get addresses, connections to them are handed by name to the gate,
 * and the proxy port leads to the gate as it is. It decides nothing: what may pass is decided behind gate.sock (invariant 1).
 */
import type { Server } from "node:net";
import { GATE_HOST_INSIDE } from "@nightgate/shared/workstation-environment";
import type { Logger } from "pino";
import { Carrier } from "./carrier.ts";
import { startDnsAnswerer } from "./dns-answerer.ts";
import { dialGate } from "./gate-dial.ts";
import { closeServer, listenOn, relayServer } from "./listen.ts";
import { NamedListeners } from "./named-listeners.ts";

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
  proxyPort: number;
  stop(): Promise<void>;
}

/** Starts all of it. Rejects if DNS or the proxy port cannot be bound. */
export async function startRelay({
  gateSocket,
  dnsPort,
  proxyPort,
  namedPorts,
  log,
}: RelayOptions): Promise<Relay> {
  const carrier = new Carrier(log);
  const named = new NamedListeners({ gateSocket, ports: namedPorts, carrier, log });
  // The gate's own name first, before anything inside can take its port.
  await named.addressOf(GATE_HOST_INSIDE);
  const proxy: Server = relayServer(
    (socket) => void carrier.carry(socket, async () => await dialGate(gateSocket)),
  );
  const boundProxy = await listenOn(proxy, proxyPort, "127.0.0.1");
  const dns = await startDnsAnswerer({
    address: "127.0.0.1",
    port: dnsPort,
    resolve: async (name) => await named.addressOf(name),
  });
  return {
    dnsPort: dns.port,
    proxyPort: boundProxy,
    stop: async () => {
      await dns.stop();
      const closed = Promise.all([closeServer(proxy), named.stop()]);
      carrier.stop();
      await closed;
    },
  };
}
