/** The command line's limits. */
export const LIMITS = {
  /** How long `holds wait` waits before it says "still pending". */
  holdWaitSeconds: 60,
  /** Above what the gate itself waits. */
  answerMsMax: 90_000,
  answerBytesMax: 4 * 1024 * 1024,
  /** An exported log is read as one text; this is about a million entries. */
  auditFileBytesMax: 500 * 1024 * 1024,
} as const;
