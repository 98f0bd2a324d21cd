/** Rings for whoever waits until something happens in an organization. Many rings in one moment are one. */
import type { Clock } from "@nightgate/shared/clock";
import { LIMITS } from "../limits.ts";

export class Bells {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #waiting = new Map<string, Set<AbortController>>();
  /** How often it has rung: a ring between two waits is not missed. */
  readonly #rung = new Map<string, number>();

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  ring(organization: string): void {
    this.#rung.set(organization, (this.#rung.get(organization) ?? 0) + 1);
    for (const waiter of this.#waiting.get(organization) ?? []) waiter.abort();
  }

  /** To be read before one looks: what rings after that is heard. */
  rung(organization: string): number {
    return this.#rung.get(organization) ?? 0;
  }

  /** Resolves when it has rung after `since`, or after `ms` milliseconds, but never at once. */
  async heard(organization: string, since: number, ms: number): Promise<void> {
    // Whoever hears shares the moment with all that happens in it.
    await this.#pause(LIMITS.verbAskAgainMs, this.#signal);
    if (this.rung(organization) !== since) return;
    const waiter = new AbortController();
    const waiters = this.#waiting.get(organization) ?? new Set();
    this.#waiting.set(organization, waiters.add(waiter));
    await this.#pause(Math.max(0, ms), AbortSignal.any([waiter.signal, this.#signal]));
    waiters.delete(waiter);
    if (waiters.size === 0) this.#waiting.delete(organization);
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    // Rung, or told to stop: both end the pause.
    await this.#clock.wait(ms, signal).catch(String);
  }
}
