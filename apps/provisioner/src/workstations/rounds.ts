/** When to look at everything again: after a nudge at once, else after the time that the last round asked for. Rounds never overlap. */
import type { Clock } from "@nightgate/shared/clock";

export interface Rounds {
  /** Something changed: look again soon. Nudges during a round make one more round. */
  nudge(): void;
  /** Goes round until `signal` aborts. A round that fails is logged and tried again. */
  run(signal: AbortSignal): Promise<void>;
}

export interface RoundsPorts {
  look: () => Promise<{ againMs: number }>;
  clock: Clock;
  sweepMs: number;
  log: { error: (fields: object, message: string) => void };
}

/** Rounds that have not begun. */
export function createRounds({ look, clock, sweepMs, log }: RoundsPorts): Rounds {
  let nudged = new AbortController();
  return {
    nudge: () => nudged.abort(),
    run: async (signal) => {
      while (!signal.aborted) {
        nudged = new AbortController();
        let againMs = sweepMs;
        try {
          ({ againMs } = await look());
        } catch (error) {
          log.error({ error }, "the engine or the database did not answer");
        }
        // Waiting ends early by a nudge or the end: both are looked at above.
        await clock.wait(againMs, AbortSignal.any([signal, nudged.signal])).catch((woken: unknown) => woken);
      }
    },
  };
}
