/** The command line's limits. */
export const LIMITS = {
  /** How long `holds wait` waits before it says "still pending". */
  holdWaitSeconds: 60,
  /** Outside, it looks so often. */
  holdLookMs: 2_000,
  /** `jobs logs --follow` looks so often, and asks for so many events at once. */
  logsLookMs: 1_000,
  eventsAskedFor: 200,
  /** Above what the gate itself waits. */
  answerMsMax: 90_000,
  answerBytesMax: 4 * 1024 * 1024,
  /** Asking web: a verb may wait 50 s, and the runner has 20 s to answer. */
  webAnswerMsMax: 100_000,
  /** A question that got no answer is asked again, with the same id, after so long. */
  askAgainAfterMs: [500, 2_000],
  /** A prompt that comes from a file. */
  inputFileBytesMax: 1024 * 1024,
  /** A token that ends within this time is renewed before it is used. */
  renewBeforeMs: 30_000,
  /** Well below the age at which its lock is taken for a dead command's. */
  tokenAnswerMsMax: 10_000,
  /** Two commands at the same time renew one after the other; a lock that is older was left by one that died. */
  loginLockMsMax: 20_000,
  loginLockLookMs: 50,
  /** An exported log is read as one text; this is about a million entries. */
  auditFileBytesMax: 500 * 1024 * 1024,
} as const;
