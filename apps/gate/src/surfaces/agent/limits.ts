/** Limits of what a workstation may ask about itself (invariant 12). */
export const AGENT_LIMITS = {
  /** A list of holds is cut here: newest first. */
  holdsListedMax: 100,
  /** The longest wait for a hold in one request; the client asks again. Relays and clients cut what is silent for longer. */
  waitSecondsMax: 60,
  /** Requests of one workstation that wait for holds at the same time. */
  waitsPerWorkstationMax: 32,
} as const;
