/** Limits on what agents say to each other (invariant 12). Each has its unit in its name. */
export const PEER_LIMITS = {
  /** Messages of one run, of one workstation and of one person in an hour. */
  messagesPerRunHourMax: 60,
  messagesPerWorkstationHourMax: 240,
  messagesPerPersonHourMax: 240,
  /** Notes to people of one workstation in an hour; what of them wakes anybody is decided elsewhere. */
  notesPerWorkstationHourMax: 60,
  /** Messages that one workstation has not dealt with yet; more would only be a heap. */
  openPerWorkstationMax: 50,
  /** Runs that messages have begun on one workstation in an hour. */
  wakesPerWorkstationHourMax: 30,
  /** Messages that were caused by each other: above it agents only keep each other awake. */
  depthMax: 8,
  /** Agents that one broadcast reaches. */
  broadcastPeersMax: 100,
  /** A note waits so long for the next run of a peer that sleeps. */
  notifyKeptMs: 24 * 60 * 60_000,
  /** Closed messages are kept so long. */
  keptMs: 30 * 24 * 60 * 60_000,
  /** How often a message is handed over again when the run that had it ended before it was said. */
  handoversMax: 4,
  /** Messages dealt with in one sweep. */
  sweepBatch: 100,
  /** The last words of a run, as an answer. */
  lastWordsCharactersMax: 20_000,
  /** The answers of all that were asked together, in one prompt. */
  answersCharactersMax: 120_000,
  /** Peers in a list. */
  peersMax: 500,
} as const;
