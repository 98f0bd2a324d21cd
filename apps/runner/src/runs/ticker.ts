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
  /** Organizations whose next times were reckoned by the clock as it goes now. */
  readonly #right = new Set<string>();
  #seen = Number.NEGATIVE_INFINITY;
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
      await this.#setRight(organization);
      do {
        this.#again.delete(organization);
        await this.#fireAll(organization);
      } while (this.#again.has(organization));
    } catch (error) {
      this.#options.log.warn({ err: error, organization }, "Firing schedules failed. It is tried again.");
      this.#next.set(organization, this.#options.clock.now() + LIMITS.sweepMs);
    } finally {
      this.#busy.delete(organization);
    }
    this.#setAlarm();
  }

  /**
   * True when the host's clock was put back since the last time that this was asked: every organization then has to be attended again. One
   * that was put on needs nothing: what has become due by it is found by the next sweep.
   */
  clockWentBack(): boolean {
    const now = this.#options.clock.now();
    const back = now < this.#seen - LIMITS.clockBackMsMin;
    this.#seen = now;
    if (back) this.#right.clear();
    return back;
  }

  async #setRight(organization: string): Promise<void> {
    if (this.#right.has(organization)) return;
    await this.#options.schedules.setRight(organization, new Date(this.#options.clock.now()));
    this.#right.add(organization);
  }

  async #fireAll(organization: string): Promise<void> {
    const { schedules, clock, signal } = this.#options;
    // One that cannot be fired, or that another runner has in hand, keeps none of the others back.
    const left: string[] = [];
    for (;;) {
      if (signal.aborted) return;
      const { due, nextAt } = await schedules.look(organization, new Date(clock.now()), left);
      if (due.length === 0) return this.#restUntil(organization, nextAt, left.length > 0);
      const lines = Array.from({ length: LIMITS.firesAtOnceMax }, async () => {
        for (let schedule = due.shift(); schedule !== undefined; schedule = due.shift())
          if (!(await this.#fire(organization, schedule))) left.push(schedule);
      });
      await Promise.all(lines);
    }
  }

  /** Answers whether it did. */
  async #fire(organization: string, schedule: string): Promise<boolean> {
    const { schedules, look, clock, log } = this.#options;
    try {
      const touched = await schedules.fire(organization, schedule, new Date(clock.now()));
      for (const run of touched ?? []) void look(organization, run);
      return touched !== null;
    } catch (error) {
      log.warn({ err: error, organization, schedule }, "Firing a schedule failed. It is tried again.");
      return false;
    }
  }

  #restUntil(organization: string, nextAt: Date | null, tryAgain: boolean): void {
    const again = tryAgain ? this.#options.clock.now() + LIMITS.sweepMs : Number.POSITIVE_INFINITY;
    const next = Math.min(nextAt?.getTime() ?? Number.POSITIVE_INFINITY, again);
    if (Number.isFinite(next)) this.#next.set(organization, next);
    else this.#next.delete(organization);
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
    const due = [...this.#next].flatMap(([organization, at]) => (at <= now ? [organization] : []));
    // Whoever is attended learns the next time anew; meanwhile the alarm is that of the others.
    for (const organization of due) this.#next.delete(organization);
    this.#setAlarm();
    for (const organization of due) void this.attend(organization);
  }
}
