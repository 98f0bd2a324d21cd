/** Counts the requests of one workstation that are being answered, all in all and per connection: floods stop here (invariant 12). */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { NetLimits } from "./limits.ts";

export interface Turnstile {
  /** Lets a request in and returns how it leaves, or null where there are too many. */
  enter(request: IncomingMessage): (() => void) | null;
}

export function createTurnstile(limits: NetLimits): Turnstile {
  let inside = 0;
  const perConnection = new WeakMap<Socket, number>();
  return {
    enter: ({ socket }) => {
      const here = perConnection.get(socket) ?? 0;
      if (inside >= limits.workstationRequestsMax || here >= limits.pipelinedRequestsMax) return null;
      inside += 1;
      perConnection.set(socket, here + 1);
      return () => {
        inside -= 1;
        perConnection.set(socket, (perConnection.get(socket) ?? 1) - 1);
      };
    },
  };
}
