/** The limits of getting certificates (invariant 12). */
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

export const ACME_LIMITS = {
  /** One request to the authority. */
  requestMsMax: 30 * SECOND,
  answerBytesMax: 256 * 1024,
  /** Between two looks at an order or an authorization, and how many looks it gets. */
  pollMs: 2 * SECOND,
  pollsMax: 60,
  /** A certificate is renewed when less than this part of its time is left. */
  renewAtPart: 1 / 3,
  /** How often it is looked whether it is time. */
  lookMs: HOUR,
  /** Waits after orders that failed; the last one repeats. Authorities count failures: Let's Encrypt takes five an hour. */
  retryWaitsMs: [60 * SECOND, 0.25 * HOUR, HOUR, 6 * HOUR],
} as const;
