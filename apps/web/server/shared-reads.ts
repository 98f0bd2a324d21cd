/**
 * Many pages hear of a change at the same moment and ask for the same: they are answered by one read. A read takes in askers until it begins
 * and nobody after that, so that each sees everything of which it had heard.
 */
export type SharedReads<Result> = (key: string, read: () => Promise<Result>) => Promise<Result>;

/** Makes one. The key must name everything on which the answer depends, the organization first (invariant 9). */
export function createSharedReads<Result>(): SharedReads<Result> {
  const gathering = new Map<string, Promise<Result>>();
  return async (key, read) => {
    const known = gathering.get(key);
    if (known !== undefined) return await known;
    const answer = (async () => {
      // The others that the same announcement woke come in this turn of the loop.
      await new Promise((resolve) => setImmediate(resolve));
      gathering.delete(key);
      return await read();
    })();
    gathering.set(key, answer);
    return await answer;
  };
}
