/** One LISTEN connection for the whole process, handed on to everybody who follows changes. */
import { listenChanges } from "@nightgate/db/listen-changes";
import type { Change } from "@nightgate/shared/changes";

export interface ChangesHub {
  /** Calls `listener` for each announcement until the returned function is called. */
  subscribe(listener: (change: Change) => void): () => void;
  /** Calls `listener` after each (re)connection: announcements may have been missed. */
  onConnected(listener: () => void): () => void;
  stop(): Promise<void>;
}

export function createChangesHub(databaseUrl: string): ChangesHub {
  const changed = new Set<(change: Change) => void>();
  const connected = new Set<() => void>();
  const following = listenChanges(databaseUrl, {
    onChange: (change) => {
      for (const listener of changed) listener(change);
    },
    onConnected: () => {
      for (const listener of connected) listener();
    },
  });
  return {
    subscribe: (listener) => added(changed, listener),
    onConnected: (listener) => added(connected, listener),
    stop: async () => await following.stop(),
  };
}

function added<Listener>(set: Set<Listener>, listener: Listener): () => void {
  set.add(listener);
  return () => {
    set.delete(listener);
  };
}
