/** Carries connections to the gate, a bounded number at once, and knows how many each listener has. */
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { LIMITS } from "../limits.ts";
import { splice } from "./splice.ts";

export class Carrier {
  readonly #log: Logger;
  readonly #sockets = new Set<Socket>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Joins `socket` with what `open` gives; null means that it was answered already. Resolves when it is over; never rejects. */
  async carry(socket: Socket, open: () => Promise<Socket | null>): Promise<void> {
    if (this.#sockets.size >= LIMITS.relayConnectionsMax) return void socket.destroy();
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    try {
      const far = await open();
      if (far !== null) await splice(socket, far);
    } catch (error) {
      this.#log.debug({ err: error }, "A connection found no gate.");
      socket.resetAndDestroy();
    } finally {
      this.#sockets.delete(socket);
    }
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
