/** Limits of the model surface (invariant 12). */
const MIB = 1024 * 1024;

export const MODEL_LIMITS = {
  /** A request's body. The providers' own limits are at or below it. */
  requestBytesMax: 64 * MIB,
  /** Calls of one workstation that run at the same time. */
  callsPerWorkstationMax: 32,
  /** Keys below this length (local models take any text for one) are not looked for in answers: they would be found everywhere. */
  scrubbedKeyCharactersMin: 8,
  /** An answer in one piece is read for its usage up to this size; a larger one is passed on and not metered. */
  meteredAnswerBytesMax: 8 * MIB,
  /** One line of an event stream that is read for usage; a longer one is passed on and not metered. */
  meteredLineBytesMax: 1 * MIB,
  /** A model's name as it is kept. */
  modelCharactersMax: 100,
  /** Runs whose last call is remembered; the oldest is forgotten first. */
  runsRememberedMax: 5_000,
  /** A wait that an upstream asks for is kept up to this. */
  retryAfterSecondsMax: 7 * 24 * 3600,
} as const;
