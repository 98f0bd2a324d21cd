/** Keeps every night of every chain moving: whoever has news of one says which; it holds no state of its own (invariant 10). */
import type { JobsDatabase } from "@nightgate/db/jobs";
import type { Clock } from "@nightgate/shared/clock";
import type { Logger } from "pino";
import type { KeyedQueue } from "../runs/keyed-queue.ts";
import { advanceNight } from "./advance-night.ts";

export interface ChainKeeperOptions {
  db: JobsDatabase;
  queue: KeyedQueue;
  look(organization: string, run: string): Promise<void>;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

export interface ChainKeeper {
  /** Takes a night as far as it goes. Never throws: what fails is tried again by the sweep. */
  attend(organization: string, chainRun: string): Promise<void>;
  /** A run is over: the night that it belongs to, if it does, goes on. */
  ended(organization: string, run: string): Promise<void>;
  /** Looks at every night that is not over. */
  sweep(organization: string): Promise<void>;
}

/** The keeper over the runner's own schema. */
export function createChainKeeper({ db, queue, look, clock, log, signal }: ChainKeeperOptions): ChainKeeper {
  // A look that has not begun yet will see what this one would.
  const waiting = new Set<string>();
  const attend = async (organization: string, chainRun: string): Promise<void> => {
    if (waiting.has(chainRun) || signal.aborted) return;
    waiting.add(chainRun);
    await queue.add(`night ${chainRun}`, async () => {
      waiting.delete(chainRun);
      if (signal.aborted) return;
      try {
        const { touched, next } = await db.asOrganization(
          organization,
          async (tx) => await advanceNight(tx, chainRun, new Date(clock.now())),
        );
        for (const run of touched) void look(organization, run);
        if (next !== null && next !== chainRun) void attend(organization, next);
      } catch (error) {
        log.warn({ err: error, chainRun }, "Looking at a night of a chain failed. It is looked at again.");
      }
    });
  };
  const nightsOf = async (organization: string, read: () => Promise<string[]>): Promise<void> => {
    try {
      for (const night of await read()) void attend(organization, night);
    } catch (error) {
      log.warn({ err: error }, "Looking for nights failed. They are looked for again.");
    }
  };
  return {
    attend,
    ended: async (organization, run) =>
      await nightsOf(organization, async () =>
        db.asOrganization(organization, async (tx) => {
          const rows = await tx.jobsChainJobs.findMany({
            where: { OR: [{ runId: run }, { triageRunId: run }], endedAt: null },
            select: { chainRunId: true },
          });
          return rows.map(({ chainRunId }) => chainRunId);
        }),
      ),
    sweep: async (organization) =>
      await nightsOf(organization, async () =>
        db.asOrganization(organization, async (tx) => {
          const rows = await tx.jobsChainRuns.findMany({ where: { endedAt: null }, select: { id: true } });
          return rows.map(({ id }) => id);
        }),
      ),
  };
}
