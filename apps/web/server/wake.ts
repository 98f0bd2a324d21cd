/** A bell: whoever waits is woken by the next ring, and a ring while nobody waits is not lost. */
import { type Clock, systemClock } from "@nightgate/shared/clock";

export interface Bell {
  ring(): void;
  /** Resolves true when rung, false after `ms` or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<boolean>;
}

export function createBell(clock: Clock = systemClock): Bell {
  let rung = false;
  let wake: (() => void) | null = null;
  return {
    ring: () => {
      rung = true;
      wake?.();
    },
    wait: async (ms, signal) => {
      if (!rung && !signal.aborted) {
        const over = new AbortController();
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        // The pause is cut short on purpose; that rejection says nothing.
        const pause = clock.wait(ms, AbortSignal.any([signal, over.signal])).catch((error: unknown) => error);
        await Promise.race([woken, pause]);
        over.abort();
        wake = null;
      }
      const was = rung;
      rung = false;
      return was;
    },
  };
}
