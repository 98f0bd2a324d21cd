/** Holds that nobody decided end as expired. It is recorded as "nobody answered", never as a person's no. */
import type { Clock } from "@nightgate/shared/clock";
import { LIMITS } from "./limits.ts";
import type { Hold } from "./ports.ts";
import type { CoreLog, Store } from "./store-ports.ts";

export const NOBODY_ANSWERED = "Nobody answered in time. Nothing was sent. Ask again if it is still wanted.";

export interface ExpiryDeps {
  store: Pick<Store, "write" | "inStates">;
  clock: Clock;
  log: CoreLog;
  announce(hold: Hold): void;
  organizations(): string[];
}

/** Looks at all pending holds once. */
export async function expireHolds(deps: ExpiryDeps): Promise<void> {
  for (const organization of deps.organizations()) {
    const pending = await deps.store.inStates(organization, ["pending"]);
    for (const hold of pending.filter((entry) => entry.expiresAt.getTime() <= deps.clock.now()))
      await expire(deps, hold);
  }
}

async function expire(deps: ExpiryDeps, hold: Hold): Promise<void> {
  const expired = await deps.store.write(hold.organization, async (unit) => {
    if (!(await unit.moveHold(hold.id, { from: "pending", to: "expired" }, { words: NOBODY_ANSWERED })))
      return null;
    unit.receipt({
      kind: "hold.moved",
      hold: hold.id,
      from: "pending",
      to: "expired",
      words: NOBODY_ANSWERED,
    });
    await unit.dropSecrets(hold.id);
    return await unit.hold(hold.id);
  });
  if (expired) deps.announce(expired);
}

/** Looks every now and then, until told to stop. A database that is away is looked at again later. */
export async function keepExpiring(deps: ExpiryDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await expireHolds(deps).catch((error: unknown) =>
      deps.log.warn({ error }, "holds could not be looked at for expiry"),
    );
    await deps.clock.wait(LIMITS.expiryEveryMs, signal).catch((stopped: unknown) => stopped);
  }
}
