/** Limits of the HTTP surface (invariant 12). */
export const HTTP_LIMITS = {
  /** How often counts are written. */
  trafficFlushMs: 10_000,
  /** Different counts that are kept between two writes, all workstations together; a flood of names is counted as one. */
  trafficTargetsMax: 2_000,
  /** A path and query, as browsers and servers bound them too. */
  pathBytesMax: 16 * 1024,
  /** A request that is held: GitHub's own limit for a pull request's text is 65,536 characters. */
  heldBodyBytesMax: 128 * 1024,
  /** What is kept of an answer for a client that has gone. */
  keptAnswerBytesMax: 1024 * 1024,
  /** An answer that nobody collects is forgotten after a week. */
  keptAnswerMs: 7 * 24 * 3_600_000,
} as const;
