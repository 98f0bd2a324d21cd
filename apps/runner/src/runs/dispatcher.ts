/** Gets queued runs to work: whoever has news (a new run, a lock given back, a workstation that came) wakes it; organizations take turns. */
import type { Clock } from "@nightgate/shared/clock";
import type { Logger } from "pino";
import type { RunnerFaults } from "../fault-points.ts";
import { LIMITS } from "../limits.ts";
import type { Claims } from "../store/claims.ts";

export interface DispatcherOptions {
  claims: Claims;
  /** The workstations of the organization that are connected to this runner. */
  connected(organization: string): string[];
  look(organization: string, run: string): Promise<void>;
  clock: Clock;
  log: Logger;
  faults: RunnerFaults;
  signal: AbortSignal;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  /** In the order of their turns. */
  readonly #waiting = new Set<string>();
  #working: Promise<void> | null = null;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** There may be something to begin in this organization. */
  wake(organization: string): void {
    this.#waiting.add(organization);
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
      const [left] = this.#waiting;
      if (left !== undefined) this.wake(left);
    });
  }

  /** Resolves when nothing is being claimed. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    for (const organization of this.#waiting) {
      if (this.#options.signal.aborted) return this.#waiting.clear();
      this.#waiting.delete(organization);
      // To the end of the line: however much one organization has queued, the others begin too.
      if ((await this.#turn(organization)) === "more") this.#waiting.add(organization);
    }
  }

  async #turn(organization: string): Promise<"more" | "done"> {
    const { claims, connected, look, clock, log, faults } = this.#options;
    try {
      for (let count = 0; count < LIMITS.claimsPerTurn; count += 1) {
        const run = await claims.claim(organization, connected(organization), new Date(clock.now()));
        if (run === null) return "done";
        faults("after-claim");
        void look(organization, run.id);
      }
      return "more";
    } catch (error) {
      log.warn({ err: error, organization }, "Claiming a run failed. It is tried again.");
      return "done";
    }
  }
}
