/** Joins two sockets: bytes both ways with backpressure, each direction closed on its own, both gone when one breaks. */
import type { Socket } from "node:net";

/** Resolves when both are closed. Both must have been made with `allowHalfOpen`. */
export function splice(one: Socket, other: Socket): Promise<void> {
  return new Promise((resolve) => {
    let open = 2;
    const closed = (): void => {
      open -= 1;
      if (open === 0) resolve();
    };
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        // A reset on one side is a reset on the other; an orderly end was already passed on by pipe.
        if (!from.readableEnded) to.destroy();
        closed();
      });
      if (from.destroyed) {
        to.destroy();
        closed();
      }
    }
  });
}
