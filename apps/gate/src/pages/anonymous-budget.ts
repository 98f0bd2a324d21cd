/** One bucket for everybody who is not known yet: a flood fills the log of nobody and the table of challenges not at all. */
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { PAGE_LIMITS } from "./limits.ts";

const MINUTE_MS = 60_000;

/** Returns what counts one attempt, and throws Problem too-many above the limit of the minute. */
export function anonymousBudget({ clock }: { clock: Clock }): () => void {
  let minute = 0;
  let count = 0;
  return () => {
    const now = Math.floor(clock.now() / MINUTE_MS);
    if (now !== minute) [minute, count] = [now, 0];
    count += 1;
    if (count > PAGE_LIMITS.anonymousCeremoniesPerMinuteMax) {
      throw new Problem("too-many", {
        what: "sign-ins in this minute",
        limit: PAGE_LIMITS.anonymousCeremoniesPerMinuteMax,
      });
    }
  };
}
