/**
 * One LISTEN connection per process, fanned out to the pages that are open. An announcement carries ids only;
 * who hears it is decided by its organization, and what is seen by a query as that organization (invariant 9).
 */
import { listenChanges } from "@nightgate/db/listen-changes";
import type { Change } from "@nightgate/shared/changes";
import { Problem } from "@nightgate/shared/problems";
import { webConfig } from "../env.ts";
import { limits } from "../limits.ts";

/** `missed` means: announcements may have been lost, look at everything once. */
export type Heard = { kind: "change"; change: Change } | { kind: "missed" };
type Listener = (heard: Heard) => void;

export interface Live {
  /** Calls `listener` for what happens in `organization` and for what belongs to no tenant, until the returned function is called. */
  follow(organization: string, listener: Listener): () => void;
}

export function createLive(
  connect: (listener: { onChange: (change: Change) => void; onConnected: () => void }) => void,
): Live {
  const listeners = new Map<string, Set<Listener>>();
  const tell = (set: ReadonlySet<Listener> | undefined, heard: Heard): void => {
    for (const listener of set ?? []) listener(heard);
  };
  let connected = false;
  const connectOnce = (): void => {
    if (connected) return;
    connected = true;
    connect({
      onChange: (change) => {
        const heard: Heard = { kind: "change", change };
        if (change.organization !== null) tell(listeners.get(change.organization), heard);
        else for (const set of listeners.values()) tell(set, heard);
      },
      onConnected: () => {
        for (const set of listeners.values()) tell(set, { kind: "missed" });
      },
    });
  };
  return {
    follow: (organization, listener) => {
      connectOnce();
      const set = listeners.get(organization) ?? new Set();
      if (set.size >= limits.streamsPerOrganizationMax)
        throw new Problem("too-many", { what: "open pages", limit: limits.streamsPerOrganizationMax });
      listeners.set(organization, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(organization);
      };
    },
  };
}

const kept = globalThis as typeof globalThis & {
  nightgateLive?: Live;
  nightgateListener?: { stop: () => Promise<void> };
};

/** The live changes of this process. */
export function live(): Live {
  kept.nightgateLive ??= createLive((listener) => {
    kept.nightgateListener = listenChanges(webConfig().databaseUrl, listener);
  });
  return kept.nightgateLive;
}

/** Stops listening; the next page that asks begins anew. */
export async function stopLive(): Promise<void> {
  await kept.nightgateListener?.stop();
  delete kept.nightgateListener;
  delete kept.nightgateLive;
}
