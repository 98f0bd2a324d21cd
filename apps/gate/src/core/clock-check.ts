/** Invariant 8: with a clock that is off by more than 30 s against Postgres, or behind the last receipt, nothing is decided. */
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "./limits.ts";
import type { LogReader, Store } from "./store-ports.ts";

export type ClockCheck = (organization: string) => Promise<void>;

/** Throws Problem clock.off. */
export function createClockCheck({
  clock,
  store,
  log,
}: {
  clock: Clock;
  store: Pick<Store, "databaseNow">;
  log: Pick<LogReader, "lastAt">;
}): ClockCheck {
  return async (organization) => {
    const [database, last] = await Promise.all([store.databaseNow(), log.lastAt(organization)]);
    const offMs = Math.abs(clock.now() - database.getTime());
    if (offMs > LIMITS.clockOffMs) throw new Problem("clock.off", { seconds: Math.round(offMs / 1000) });
    const behindMs = (last?.getTime() ?? 0) - clock.now();
    if (behindMs > 0) throw new Problem("clock.off", { seconds: Math.ceil(behindMs / 1000) });
  };
}
