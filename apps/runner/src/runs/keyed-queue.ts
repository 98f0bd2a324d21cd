/** Does things of one key one after the other, and things of different keys side by side. */
export interface KeyedQueue {
  /** Runs `work` when everything before it with the same key is done. */
  add<Result>(key: string, work: () => Promise<Result>): Promise<Result>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** Makes an empty queue. */
export function createKeyedQueue(): KeyedQueue {
  const tails = new Map<string, Promise<unknown>>();
  return {
    add: async (key, work) => {
      const before = tails.get(key) ?? Promise.resolve();
      const done = before.then(work, work);
      const tail = done.catch(String);
      tails.set(key, tail);
      // The last one takes its key away.
      void tail.then(() => tails.get(key) === tail && tails.delete(key));
      return await done;
    },
    idle: async () => {
      while (tails.size > 0) await Promise.all(tails.values());
    },
  };
}
