/** Keeps what tidies a mirror away from what fills it (G32): nothing is collected under a push, and a push that comes meanwhile waits. */

export interface Receiving {
  /** Runs beside others of its kind; waits for a collection that is under way. */
  receive<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Runs alone, or not at all: false where something is being received. */
  collect(work: () => Promise<void>): Promise<boolean>;
}

export function createReceiving(): Receiving {
  let receiving = 0;
  let collecting: Promise<unknown> | null = null;
  return {
    receive: async (work) => {
      while (collecting !== null) await collecting;
      receiving += 1;
      try {
        return await work();
      } finally {
        receiving -= 1;
      }
    },
    collect: async (work) => {
      if (receiving > 0 || collecting !== null) return false;
      const run = work();
      // Whoever waits for the end of it waits for a failed one, too, and hears nothing of it.
      collecting = run.then(
        () => null,
        () => null,
      );
      try {
        await run;
        return true;
      } finally {
        collecting = null;
      }
    },
  };
}
