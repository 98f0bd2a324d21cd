/** Waiting for something that another process does, bounded, with a sentence when it never happens. */
import { systemClock } from "@nightgate/shared/clock";

/** Two files of tests share a machine with two processors: what takes its time there is slow, not broken. */
const PATIENCE = 2;

/**
 * Calls `look` every `everyMs` until it gives something other than null, undefined or false; throws with `what` after `msMax`, which is
 * what it may take where nothing else runs; it is given twice that.
 */
export async function until<Found>(
  what: string,
  msMax: number,
  look: () => Promise<Found | null | undefined | false> | Found | null | undefined | false,
  everyMs = 50,
): Promise<Found> {
  const longestMs = msMax * PATIENCE;
  const deadline = systemClock.now() + longestMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== null && found !== undefined && found !== false) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (systemClock.now() > deadline)
      throw new Error(`Waited ${longestMs} ms in vain for ${what}`, { cause: last });
    await systemClock.wait(everyMs);
  }
}
