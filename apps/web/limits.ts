/** The web app's limits (invariant 12), each with its unit in the name. */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

export const limits = {
  /** A request's JSON body. A prompt may be 100,000 characters; four bytes each at worst. */
  requestBodyBytesMax: 512 * 1024,
  /** How long somebody stays signed in without showing a passkey again. */
  sessionMs: 30 * DAY,
  /** `seen_at` is written at most this often. */
  sessionSeenEveryMs: 5 * MINUTE,
  /** Sessions that a person's list shows. */
  sessionsListedMax: 100,
  /** An invitation that nobody takes up ends after this. */
  invitationMs: 7 * DAY,
  /** Invitations of one organization that may be open at the same time. */
  invitationsOpenMax: 50,
  /** Invitations that the list shows, open and past. */
  invitationsListedMax: 100,
  membersListedMax: 1_000,
  /** A program's token. Short, since looking it up is what notices that it was taken back anyway. */
  accessTokenMs: 60 * MINUTE,
  /** A program that was not used for this long has to be let in again. */
  refreshTokenMs: 30 * DAY,
  /** However much it is used, a program is let in again after this. */
  accessMs: 180 * DAY,
  /** From the person's consent to the program's exchange of its code (RFC 6749 recommends at most ten minutes). */
  authorizationCodeMs: MINUTE,
  /** Programs that one person may have let in at the same time. */
  accessPerPersonMax: 100,
  /** Tokens that are kept of one grant. Older ones are forgotten: they are then worth nothing, and no longer tell that they came twice. */
  tokensPerAccessMax: 200,
  /** Grants that have ended are shown for so long. */
  accessEndedMs: 90 * DAY,
  /** Programs of other members that an owner or admin sees. */
  accessListedMax: 500,
  /** How long a device's code can be confirmed, and how often its program may ask. */
  deviceLoginMs: 10 * MINUTE,
  devicePollMs: 5 * SECOND,
  /** Codes that wait at the same time: of 20^8, so that guessing meets one in 12 million. */
  deviceLoginsOpenMax: 2_000,
  deviceLoginsPerAddressMax: 30,
  /** Wrong codes of one person within the window. */
  codeGuessesMax: 10,
  codeGuessesMs: 10 * MINUTE,
  /** Programs that have registered themselves and that nobody has let in; forgotten after a day. */
  clientsUnusedMax: 2_000,
  clientsPerAddressMax: 50,
  clientUnusedMs: DAY,
  redirectUrisMax: 10,
  /** A form that a program posts for a token. */
  formBytesMax: 16 * 1024,
  /** From handing a verb to the runner to its answer, beside what the verb itself waits. */
  verbAnswerMs: 20 * SECOND,
  /** Looks for its answer also without being told, should an announcement be lost. */
  verbLookMs: 5 * SECOND,
  /** From leaving for the gate to coming back from it. */
  signInSeconds: 600,
  /** A call to the gate, which is on this host. */
  gateCallMs: 10 * SECOND,
  gateAnswerBytesMax: 256 * 1024,
  /** The https names are tried from here at most this often, however many look at set-up. */
  namesCheckedEveryMs: 10 * SECOND,
  /** The newest events of a task that a page shows. */
  eventsPerTaskMax: 20_000,
  eventsPerBatchMax: 500,
  /** Up to this many events a page carries its conversation in the first answer. */
  eventsInPageMax: 300,
  runsPerTaskMax: 100,
  holdsPerTaskMax: 200,
  /** Live streams of one organization; a tab holds two at most. */
  streamsPerOrganizationMax: 500,
  /** A stream is taken up anew after this: the session is then looked at again. */
  streamMsMax: 10 * MINUTE,
  /** A stream says that it is alive this often. */
  streamPulseMs: 15 * SECOND,
  /** A task's stream looks again at most this often: what is announced meanwhile is answered together. */
  streamSettleMs: 60,
  /** The pages of an organization look again at most this often. */
  changesEveryMs: SECOND,
  /** Characters of a tool call's output that the folded line may show. */
  toolPreviewCharactersMax: 240,
  messageCharactersMax: 60_000,
  detailCharactersMax: 200_000,
  diffLinesMax: 2_000,
  tasksPerPage: 50,
  /** Runs that the page of locks tells of, all locks together. */
  lockRowsMax: 1_000,
  /** Messages between peers that a page lists, and of those that were asked together. */
  messagesPerPage: 50,
  /** Runs at work that the page of peers tells of. */
  peerRunsMax: 200,
  /** What a list shows of a message; its own page has the whole. */
  messageExcerptCharactersMax: 400,
  chainsListedMax: 100,
  /** Nights that the page of a chain lists. */
  nightsListedMax: 30,
  /** Runs that a briefing tells of. */
  briefingRunsMax: 500,
  /** Tasks that begin next, on home. */
  nextShownMax: 8,
  /** Questions and notes that one page shows. */
  questionsMax: 200,
  /** What the run engine said about the runs of one task. */
  marksPerTaskMax: 500,
  workstationsMax: 50,
  inboxDaysMs: 2 * DAY,
  doneDaysMs: 7 * DAY,
} as const;
