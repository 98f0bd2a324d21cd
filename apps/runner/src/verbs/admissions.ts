/** How much one caller may ask (invariant 12): so many calls at once, and so many in a minute. What is refused costs the database nothing. */
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";

const MINUTE_MS = 60_000;

export class Admissions {
  readonly #clock: Clock;
  readonly #open = new Map<string, number>();
  readonly #rates = new Map<string, { minute: number; count: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Lets a call in and answers how it leaves, or the Problem `too-many`. */
  enter(who: string): (() => void) | Problem {
    const open = this.#open.get(who) ?? 0;
    if (open >= LIMITS.verbCallsAtOnceMax)
      return new Problem("too-many", { what: "calls at once", limit: LIMITS.verbCallsAtOnceMax });
    const minute = Math.floor(this.#clock.now() / MINUTE_MS);
    const before = this.#rates.get(who);
    const count = before?.minute === minute ? before.count : 0;
    if (count >= LIMITS.verbCallsPerMinuteMax)
      return new Problem("too-many", { what: "calls in a minute", limit: LIMITS.verbCallsPerMinuteMax });
    this.#rates.set(who, { minute, count: count + 1 });
    this.#open.set(who, open + 1);
    return () => {
      const left = (this.#open.get(who) ?? 1) - 1;
      if (left === 0) this.#open.delete(who);
      else this.#open.set(who, left);
    };
  }
}
