/** Counts what passed and what was refused, per workstation, target and minute, and hands the sums on in batches. */
import { type Clock, systemClock } from "@nightgate/shared/clock";
import type { Log } from "../../net/log.ts";
import { HTTP_LIMITS } from "./limits.ts";

export interface TrafficCount {
  organization: string;
  workstation: string;
  /** Start of the minute, ms since 1970. */
  minute: number;
  /** For reads the resource, for refusals the host. */
  target: string;
  verdict: "allow" | "deny";
  count: number;
  bytesOut: number;
  bytesIn: number;
}

/** The store's side. */
export interface TrafficStore {
  /** Adds to what is there for the same key, all of `counts` (of one organization) or nothing. */
  add(organization: string, counts: TrafficCount[]): Promise<void>;
}

export interface Traffic {
  count(event: Omit<TrafficCount, "minute" | "count">): void;
  /** Writes what is left and ends. */
  stop(): Promise<void>;
}

const MINUTE_MS = 60_000;
/** What is beyond the limit of targets is counted together. */
const OTHER_TARGETS = "(other hosts)";

/** Starts to write every few seconds. A store that is away gets the same counts again later. */
export function createTraffic(options: { store: TrafficStore; log: Log; clock?: Clock }): Traffic {
  const clock = options.clock ?? systemClock;
  const stopping = new AbortController();
  const counts = new Map<string, TrafficCount>();
  const flush = async (): Promise<void> => {
    const batches = Map.groupBy(counts.values(), (each) => each.organization);
    counts.clear();
    for (const [organization, batch] of batches) {
      try {
        await options.store.add(organization, batch);
      } catch (error) {
        options.log.warn(
          { organization, error: String(error) },
          "traffic was not written; it is tried again",
        );
        for (const each of batch) merge(counts, each);
      }
    }
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      // The wait ends early when we are told to stop; that rejection is the point of it.
      await clock.wait(HTTP_LIMITS.trafficFlushMs, stopping.signal).catch((error: unknown) => error);
      await flush();
    }
  })();
  return {
    count: (event) =>
      merge(counts, { ...event, minute: Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS, count: 1 }),
    stop: async () => {
      stopping.abort();
      await running;
      await flush();
    },
  };
}

function merge(counts: Map<string, TrafficCount>, more: TrafficCount): void {
  const keyOf = (target: string): string => `${more.workstation} ${more.minute} ${more.verdict} ${target}`;
  const full = counts.size >= HTTP_LIMITS.trafficTargetsMax && !counts.has(keyOf(more.target));
  const target = full ? OTHER_TARGETS : more.target;
  const known = counts.get(keyOf(target));
  if (known) {
    known.count += more.count;
    known.bytesOut += more.bytesOut;
    known.bytesIn += more.bytesIn;
  } else {
    counts.set(keyOf(target), { ...more, target });
  }
}
