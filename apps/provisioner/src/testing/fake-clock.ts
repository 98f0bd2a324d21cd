/** Time that a test moves by hand. Whoever waits is woken when the hand passes. */
import type { Clock } from "@nightgate/shared/clock";

export interface FakeClock extends Clock {
  /** Moves on by `ms` and lets everybody who waited so long go on. */
  advance(ms: number): Promise<void>;
}

/** A clock that stands at `start`, in milliseconds since 1970. */
export function fakeClock(start = 1_800_000_000_000): FakeClock {
  let now = start;
  const waiting = new Set<{ until: number; wake: () => void }>();
  return {
    now: () => now,
    wait: async (ms, signal) =>
      await new Promise<void>((resolve, reject) => {
        const waiter = { until: now + ms, wake: resolve };
        waiting.add(waiter);
        const stop = (): void => {
          waiting.delete(waiter);
          reject(new Error("stopped while waiting", { cause: signal?.reason }));
        };
        if (signal?.aborted === true) stop();
        signal?.addEventListener("abort", stop, { once: true });
      }),
    advance: async (ms) => {
      now += ms;
      for (const waiter of waiting) {
        if (waiter.until > now) continue;
        waiting.delete(waiter);
        waiter.wake();
      }
      // Lets what was woken run to its next wait.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
