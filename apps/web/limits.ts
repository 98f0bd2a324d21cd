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
  /** Announcements within this time are answered by one update. */
  streamSettleMs: 60,
  /** The pages of an organization look again at most this often. */
  changesEveryMs: SECOND,
  /** Characters of a tool call's output that the folded line may show. */
  toolPreviewCharactersMax: 240,
  messageCharactersMax: 60_000,
  detailCharactersMax: 200_000,
  diffLinesMax: 2_000,
  tasksPerPage: 50,
  workstationsMax: 50,
  inboxDaysMs: 2 * DAY,
  doneDaysMs: 7 * DAY,
} as const;
