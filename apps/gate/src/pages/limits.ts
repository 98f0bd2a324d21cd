/** The limits of the gate's own pages (invariant 12). */
export const PAGE_LIMITS = {
  /** A form or a passkey's answer. The largest honest one is a decision with 1,000 ticks. */
  bodyBytesMax: 256 * 1024,
  /** Connections to the pages at once; what is above is closed. Each person has some, for tabs and devices. */
  connectionsMax: 2_000,
  /** A request that has not said what it is by then is closed. */
  requestHeadersMsMax: 20_000,
  /** Open event streams per person: tabs and devices. */
  eventStreamsPerPersonMax: 12,
  /** Announcements that an open page has not taken yet; above it its stream ends, and the page comes back and looks at everything. */
  eventsUnsentMax: 1_000,
  /** A comment line keeps proxies from closing a quiet stream. */
  eventHeartbeatMs: 20_000,
  /** Ceremonies that anybody may begin, over all callers; each leaves a row for five minutes. */
  anonymousCeremoniesPerMinuteMax: 240,
  /** Holds that one touch may sign together; the core has its own. */
  sheetHoldsMax: 50,
  /** Holds per request of the list. */
  holdsPageMax: 50,
  /** Pushes that are kept as they were read for a page; each draws at most 8 MiB of files. */
  keptViewsMax: 4,
  /** Receipts per request of the audit page. */
  receiptsPageMax: 50,
  /** How many predecessors are followed to find the hold that replaced one. */
  successorStepsMax: 100,
  /** The rehearsal answers from the same host or not at all. */
  rehearsalWaitMs: 3_000,
  /** What the rehearsal may say. */
  rehearsalAnswerBytesMax: 16 * 1024,
} as const;
