/** Holds that nobody decided end as expired. It is recorded as "nobody answered", never as a person's no. */
import type { Clock } from "@nightgate/shared/clock";
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

/** Looks at all pending holds once. An organization that cannot be looked at keeps no other from it. */
export async function expireHolds(deps: ExpiryDeps): Promise<void> {
  for (const organization of deps.organizations()) {
    try {
      await expireIn(deps, organization);
    } catch (error) {
      deps.log.warn(
        { organization, error },
        "holds could not be looked at for expiry; the next round tries again",
      );
    }
  }
}

async function expireIn(deps: ExpiryDeps, organization: string): Promise<void> {
  const pending = await deps.store.inStates(organization, ["pending"]);
  for (const hold of pending.filter((entry) => entry.expiresAt.getTime() <= deps.clock.now()))
    await expire(deps, hold);
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
