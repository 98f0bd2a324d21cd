/** What the gate looks after every now and then, besides what it is asked for. */
import type { Clock } from "@nightgate/shared/clock";
import type { CoreLog } from "./store-ports.ts";

export interface RoundsDeps {
  clock: Clock;
  log: CoreLog;
  everyMs: number;
  /** Each is done in each round; one that fails keeps no other from it. */
  rounds: readonly (() => Promise<void>)[];
}

/** Goes round until told to stop. */
export async function keepRounds(
  { clock, log, everyMs, rounds }: RoundsDeps,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const round of rounds)
      await round().catch((error: unknown) =>
        log.warn({ error }, "a round failed; the next one tries again"),
      );
    await clock.wait(everyMs, signal).catch((stopped: unknown) => stopped);
  }
}
