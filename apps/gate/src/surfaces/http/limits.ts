/** Limits of the HTTP surface (invariant 12). */
export const HTTP_LIMITS = {
  /** How often counts are written. */
  trafficFlushMs: 10_000,
  /** Different counts that are kept between two writes, all workstations together; a flood of names is counted as one. */
  trafficTargetsMax: 2_000,
  /** A path and query, as browsers and servers bound them too. */
  pathBytesMax: 16 * 1024,
} as const;
