/** Tells whoever waits in this process that a hold moved. Rows are the truth: a listener reads the row, this only wakes it. */
import type { Hold } from "./ports.ts";

export interface HoldEvents {
  /** Called after the move was committed. */
  moved(hold: Hold): void;
  /** Calls `listener` for each move of this hold until the returned function is called. */
  subscribe(organization: string, hold: string, listener: () => void): () => void;
  /** How many listeners there are, for the limit. */
  readonly count: number;
}

export function createHoldEvents(): HoldEvents {
  const listeners = new Map<string, Set<() => void>>();
  let count = 0;
  const key = (organization: string, hold: string): string => `${organization} ${hold}`;
  return {
    get count() {
      return count;
    },
    moved: (hold) => {
      for (const listener of listeners.get(key(hold.organization, hold.id)) ?? []) listener();
    },
    subscribe: (organization, hold, listener) => {
      const at = key(organization, hold);
      const set = listeners.get(at) ?? new Set();
      listeners.set(at, set.add(listener));
      count += 1;
      return () => {
        if (!set.delete(listener)) return;
        count -= 1;
        if (set.size === 0) listeners.delete(at);
      };
    },
  };
}
