// The five worlds in which tests live (their suffix says which; see vitest.config.ts), with the time that each may
// take, and how many files that failed are run once more by themselves (docs/decisions). A world that ran no test has
// failed: nothing was shown.
const MINUTE_MS = 60_000;

/** In the order in which they run: the quickest to tell that something is broken comes first. */
export const worlds = [
  { name: "unit", limitMs: 5 * MINUTE_MS, secondLookFiles: 0 },
  { name: "process", limitMs: 10 * MINUTE_MS, secondLookFiles: 2 },
  { name: "pg", limitMs: 10 * MINUTE_MS, secondLookFiles: 2 },
  { name: "docker", limitMs: 12 * MINUTE_MS, secondLookFiles: 2 },
  { name: "e2e", limitMs: 20 * MINUTE_MS, secondLookFiles: 2 },
];

/** The whole of `npm test` ends by then, whatever hangs. Far above what it takes: a busy machine is slow, not broken. */
export const TOTAL_MS_MAX = 60 * MINUTE_MS;
