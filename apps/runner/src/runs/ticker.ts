/**
 * The clock of all schedules: knows for each organization when its next schedule fires, and wakes then. Postgres is asked when an
 * alarm rings, when a schedule changes, and now and then in case an announcement was missed; a tick by itself costs nothing.
 */
import type { Clock } from "@nightgate/shared/clock";
import type { Logger } from "pino";
import { LIMITS } from "../limits.ts";
import type { ScheduleStore } from "../store/schedule-store.ts";

export interface TickerOptions {
  schedules: ScheduleStore;
  look(organization: string, run: string): Promise<void>;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

export class Ticker {
  readonly #options: TickerOptions;
  /** Milliseconds since the epoch. */
  readonly #next = new Map<string, number>();
  readonly #busy = new Set<string>();
  readonly #again = new Set<string>();
  #alarm = new AbortController();

  constructor(options: TickerOptions) {
    this.#options = options;
  }

  /** Fires what is due in this organization, and learns when the next is. Never throws: what fails is tried again. */
  async attend(organization: string): Promise<void> {
    // Whoever attends has perhaps looked already: it looks once more.
    if (this.#busy.has(organization)) return void this.#again.add(organization);
    this.#busy.add(organization);
    try {
      do {
        this.#again.delete(organization);
        await this.#fire(organization);
      } while (this.#again.has(organization));
    } catch (error) {
      this.#options.log.warn({ err: error, organization }, "Firing schedules failed. It is tried again.");
      this.#next.set(organization, this.#options.clock.now() + LIMITS.sweepMs);
    } finally {
      this.#busy.delete(organization);
    }
    this.#setAlarm();
  }

  async #fire(organization: string): Promise<void> {
    const { schedules, look, clock, signal } = this.#options;
    for (;;) {
      if (signal.aborted) return;
      const { touched, nextAt, more } = await schedules.fireDue(organization, new Date(clock.now()));
      for (const run of touched) void look(organization, run);
      if (nextAt === null) this.#next.delete(organization);
      else this.#next.set(organization, nextAt.getTime());
      if (!more) return;
    }
  }

  #setAlarm(): void {
    const { clock, signal } = this.#options;
    this.#alarm.abort();
    const earliest = Math.min(...this.#next.values());
    if (!Number.isFinite(earliest)) return;
    const alarm = new AbortController();
    this.#alarm = alarm;
    const waitMs = Math.min(Math.max(earliest - clock.now(), 0), LIMITS.alarmMsMax);
    void clock.wait(waitMs, AbortSignal.any([signal, alarm.signal])).then(() => this.#ring(), String);
  }

  #ring(): void {
    const now = this.#options.clock.now();
    const due = [...this.#next].filter(([, at]) => at <= now);
    if (due.length === 0) return this.#setAlarm();
    for (const [organization] of due) void this.attend(organization);
  }
}
