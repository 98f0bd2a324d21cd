/** For each name an address, and on it the listeners through which the name is reached at the gate. */
import type { Server, Socket } from "node:net";
import { GATE_HOST_INSIDE } from "@nightgate/shared/workstation-environment";
import type { Logger } from "pino";
import type { Carrier } from "./carrier.ts";
import { dialGate, openTunnel } from "./gate-dial.ts";
import { closeServer, listenOn, relayServer } from "./listen.ts";
import { createNames, type Names } from "./names.ts";

export interface NamedListenersOptions {
  gateSocket: string;
  ports: readonly number[];
  carrier: Carrier;
  log: Logger;
}

interface Listeners {
  servers: Server[];
  connections: number;
}

export class NamedListeners {
  readonly #options: NamedListenersOptions;
  readonly #byAddress = new Map<string, Listeners>();
  /** One at a time per name: the second question waits until the listeners of the first are there. */
  readonly #opening = new Map<string, Promise<string | null>>();
  readonly #names: Names;

  constructor(options: NamedListenersOptions) {
    this.#options = options;
    this.#names = createNames({
      mayEvict: (address) => (this.#byAddress.get(address)?.connections ?? 0) === 0,
      onEvict: (address) => {
        for (const server of this.#byAddress.get(address)?.servers ?? []) server.close();
        this.#byAddress.delete(address);
      },
    });
  }

  /** The name's address, ready to be connected to; null when there is no room for another one. */
  async addressOf(name: string): Promise<string | null> {
    const begun = this.#opening.get(name) ?? this.#open(name).finally(() => this.#opening.delete(name));
    this.#opening.set(name, begun);
    return await begun;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#byAddress.values()].flatMap(({ servers }) => servers.map(closeServer)));
  }

  async #open(name: string): Promise<string | null> {
    const address = this.#names.addressOf(name);
    if (address === null || this.#byAddress.has(address)) return address;
    const listeners: Listeners = { servers: [], connections: 0 };
    this.#byAddress.set(address, listeners);
    for (const port of this.#options.ports) await this.#listen(listeners, address, port);
    return address;
  }

  async #listen(listeners: Listeners, address: string, port: number): Promise<void> {
    const server = relayServer((socket) => void this.#carry(socket, listeners, address, port));
    try {
      await listenOn(server, port, address);
      listeners.servers.push(server);
    } catch (error) {
      // Something of the workstation's own holds this port on every address; the other ports and the proxy still lead out.
      this.#options.log.warn({ err: error, port }, "A name has no listener on this port.");
    }
  }

  async #carry(socket: Socket, listeners: Listeners, address: string, port: number): Promise<void> {
    // What was meant is what this address stands for now.
    const name = this.#names.nameOf(address);
    if (name === null) return void socket.destroy();
    listeners.connections += 1;
    await this.#options.carrier.carry(socket, async () => await this.#dial(socket, name, port));
    listeners.connections -= 1;
  }

  async #dial(socket: Socket, name: string, port: number): Promise<Socket | null> {
    const { gateSocket, log } = this.#options;
    if (name === GATE_HOST_INSIDE && port === 80) return await dialGate(gateSocket);
    const opened = await openTunnel(gateSocket, name, port);
    if (opened.ok) return opened.socket;
    log.debug({ name, port, status: opened.status }, "The gate refused a name.");
    refuse(socket, port, opened);
    return null;
  }
}

/** Says no: in HTTP where the client speaks it, by a reset where it expects TLS. */
function refuse(socket: Socket, port: number, { status, body }: { status: number; body: string }): void {
  if (port === 443) return void socket.resetAndDestroy();
  const text = body === "" ? "The gate refused this host.\n" : body;
  const head = [
    `HTTP/1.1 ${status} Refused`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(text)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${text}`);
  socket.resume();
}
