/** Every limit of the gate's core, with its unit in the name (invariant 12). Surfaces, pages and push keep their own beside them. */
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const LIMITS = {
  /** A hold that nobody decides ends as expired: "nobody answered". A night and the morning after it. */
  pendingMs: 24 * HOUR,
  /** An approval that could not be released in this time is void: the world has moved on. */
  approvedMs: 12 * HOUR,
  /** Holds that one touch may sign together. */
  sheetHoldsMax: 50,
  /** The longest that a grant may be open. */
  grantMsMax: 7 * DAY,
  /** What one organization's workstations may have waiting; above it the agent is told to wait. */
  pendingHoldsMax: 500,
  /** What may wait on top of it of the gate's own changes: a person can shut a runaway workstation out, however much waits (attack H27). */
  pendingOwnHoldsMax: 50,
  /** What one workstation may have waiting: a runaway agent must not bury the others' holds (attack H27). */
  pendingHoldsPerWorkstationMax: 50,
  /** A client is let go after this when nobody is looking. */
  clientWaitMs: 5 * SECOND,
  /** A client waits this long while somebody has the gate open. */
  clientWaitWatchedMs: 45 * SECOND,
  /** The longest single wait for a hold. */
  waitMsMax: 5 * MINUTE,
  /** Waits at the same time in the whole process. */
  waitersMax: 2_000,
  /** How many holds a list returns at most: whatever waits is shown, all of it (attack D3). */
  holdListMax: 550,
  /** How many receipts a list returns at most. */
  receiptListMax: 200,
  /** Words of an agent that are kept with a hold, in characters. */
  agentWordsMax: 2_000,
  /** An action above this, as canonical JSON in characters, is refused: nobody could read it. */
  actionCharactersMax: 1_000_000,
  /** How long a ceremony may take from its options to its answer. */
  challengeMs: 5 * MINUTE,
  /** Ceremonies of one purpose that may be open in the whole installation at the same time. */
  challengesOpenMax: 1_000,
  /** A gate session ends after this, used or not. */
  sessionMs: 7 * DAY,
  /** A gate session that is not used for this long ends. */
  sessionIdleMs: 24 * HOUR,
  /** `seen_at` is written at most this often. */
  sessionSeenMs: 5 * MINUTE,
  /** The code that takes a person back to web is swapped at once by web's server. */
  signInCodeMs: MINUTE,
  /** The token that web verifies. */
  signInTokenSeconds: 60,
  /** The enrolment code on the gate's host. */
  enrolmentCodeMs: 24 * HOUR,
  /** Wrong guesses before the enrolment code is void (it has 60 bits). */
  enrolmentAttemptsMax: 10,
  /** The clock may differ from Postgres by this much. */
  clockOffMs: 30 * SECOND,
  /** One release, from its first byte to its outcome. */
  releaseMs: 15 * MINUTE,
  /** Releases at the same time; those of one resource go one after the other. */
  releasesAtOnceMax: 4,
  /** A database that is away is tried again after this. */
  retryMsMin: 200,
  retryMsMax: 10 * SECOND,
  /** How often holds are looked at that nobody asks for. */
  roundsEveryMs: 30 * SECOND,
  /** A secret is at most this long, in bytes. */
  secretBytesMax: 64 * 1024,
  /** How long a stop waits for what is being released. */
  stopMs: 10 * SECOND,
  /** A dispatch journal above this is not read: it is not ours. */
  journalBytesMax: 512 * 1024 * 1024,
  /** Organizations that one person may own. */
  organizationsOwnedMax: 20,
  /** How long a member's wish to become an approver stands. */
  candidacyMs: 7 * DAY,
  candidaciesListedMax: 100,
  /** A link that makes a passkey on another device. */
  enrolmentLinkMs: 15 * MINUTE,
  /** The same, made for somebody else who has lost theirs. */
  recoveryLinkMs: 24 * HOUR,
  enrolmentLinksOpenMax: 20,
  /** A key that came by a link and that nobody signs for is forgotten after this. */
  waitingKeyMs: 24 * HOUR,
  /** From a printed recovery code to the passkey that it lets in: time to object. The settings can change it. */
  recoveryDelayMs: 24 * HOUR,
  /** The code that the gate's host prints for a recovery. */
  hostRecoveryCodeMs: HOUR,
  /** Passkeys that one person may have. */
  passkeysPerPersonMax: 20,
} as const;
