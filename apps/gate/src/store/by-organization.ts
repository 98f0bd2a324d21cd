/** One after the other within an organization: the log head's row would make them wait anyway, and each would hold a connection meanwhile. */

/** Returns a function that runs `work` when all earlier work of the same key has ended, however it ended. */
export function createQueues(): <Result>(key: string, work: () => Promise<Result>) => Promise<Result> {
  const tails = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const before = tails.get(key) ?? Promise.resolve();
    const run = before.then(work, work);
    const tail = run.then(
      () => undefined,
      () => undefined,
    );
    tails.set(key, tail);
    try {
      return await run;
    } finally {
      if (tails.get(key) === tail) tails.delete(key);
    }
  };
}
