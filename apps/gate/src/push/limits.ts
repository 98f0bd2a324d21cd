/** The limits of web push (invariant 12). */
const SECOND = 1000;

export const PUSH_LIMITS = {
  /** Devices of one person. */
  devicesPerPersonMax: 20,
  /** Messages on their way at the same time, over all devices. */
  deliveriesAtOnceMax: 8,
  /** Waits between the attempts of one message; after the last one it counts as failed. */
  retryWaitsMs: [1 * SECOND, 5 * SECOND, 30 * SECOND, 120 * SECOND, 600 * SECOND],
  /** What a push service may ask us to wait at most (Retry-After). */
  retryAfterMsMax: 900 * SECOND,
  /** A push service answers within this. */
  answerMsMax: 10 * SECOND,
  /** What is read of an answer; the rest is dropped. */
  answerBytesMax: 2_000,
  /** How long a push service keeps a message for a device that is off, at most. */
  keptSecondsMax: 24 * 3_600,
  /** Characters of a title and of a body: what a lock screen shows. */
  titleCharactersMax: 180,
  bodyCharactersMax: 180,
  /** Predecessors that are followed to find the first of a chain of holds that replace each other. */
  chainStepsMax: 100,
  /** Waiting holds of a workstation that are told one by one; beyond, one notification counts them. */
  singlyToldMax: 3,
  /** Sounds that a device makes for one workstation before it pauses, the pauses after them, and the calm after which it begins anew. */
  ringsInARowMax: 5,
  pauseMsMin: 60 * SECOND,
  pauseMsMax: 3_600 * SECOND,
  calmMs: 3_600 * SECOND,
  /** Pairs of device and workstation of which that is remembered. */
  ringsKeptMax: 10_000,
  /** A run's end that nobody was told of for longer than this is no news any more. */
  missedNewsMsMax: 3_600 * SECOND,
  /** A device is tested when it has not been for so long, and how often it is looked for such. */
  selfTestEveryMs: 7 * 24 * 3_600 * SECOND,
  selfTestLookMs: 600 * SECOND,
  /** Messages that are taken up again per organization when the gate starts. */
  resumedMax: 500,
} as const;
