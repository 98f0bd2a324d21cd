/** Work in turns: one at a time per key, and a bounded number altogether. */

/** Returns a function that runs `work` when its turn has come. */
export function createTurns(atOnceMax: number): (key: string, work: () => Promise<void>) => Promise<void> {
  const tails = new Map<string, Promise<void>>();
  const waiting: (() => void)[] = [];
  let running = 0;
  const limited = async (work: () => Promise<void>): Promise<void> => {
    while (running >= atOnceMax) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
  return async (key, work) => {
    const before = tails.get(key) ?? Promise.resolve();
    const mine = before.then(async () => await limited(work));
    // Whoever asked for it hears how it ended; the next in line goes on either way.
    const tail = Promise.allSettled([mine]).then(() => undefined);
    tails.set(key, tail);
    try {
      await mine;
    } finally {
      if (tails.get(key) === tail) tails.delete(key);
    }
  };
}
