/** The limits of channels (invariant 12). */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const CHANNEL_LIMITS = {
  /** A service answers within this; a long poll has its own time on top. */
  answerMsMax: 15 * SECOND,
  /** How long Telegram keeps a question for news open, in seconds as its API has it. */
  pollSeconds: 25,
  /** What is read of an answer. A batch of updates is the largest. */
  answerBytesMax: 2_000_000,
  /** Waits between the attempts of one message; after the last it counts as failed. */
  retryWaitsMs: [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  /** What a service may ask us to wait. */
  retryAfterMsMax: HOUR,
  /** Waits after a connection for what comes in has broken: from, and at most. */
  reconnectMsMin: 2 * SECOND,
  reconnectMsMax: 5 * MINUTE,
  /** How often it is looked if there is a reason, and how often every organization is looked at without one. */
  roundMs: 1 * SECOND,
  wholeRoundMs: 15 * SECOND,
  /** Deliveries that are taken at once, per organization and round. */
  takenMax: 50,
  /** A member's links. */
  linksPerPersonMax: 20,
  /** A code that links: how long it lives, and how often a wrong one may be tried. */
  codeMs: 10 * MINUTE,
  codeTriesMax: 5,
  /** Codes that a person may ask for in that time: each may be an e-mail to somebody. */
  codesAskedMax: 5,
  /** Messages that are taken from one sender per minute; the rest is not looked at. */
  receivedPerMinuteMax: 30,
  /** Senders that are remembered for that. */
  sendersKeptMax: 10_000,
  /** Messages that one link is sent in ten minutes; what is more waits its turn. */
  sentPerTenMinutesMax: 20,
  /** Characters of a message: what Telegram takes, with room. */
  textCharactersMax: 3_500,
  /** Characters of an agent's words in a message. */
  quoteCharactersMax: 1_200,
  /** Buttons under a message, and characters on one. */
  buttonsMax: 8,
  buttonCharactersMax: 40,
  /** Characters of what a member writes that are taken. */
  receivedCharactersMax: 20_000,
  /** How long it is remembered that a message was taken. */
  receivedKeptMs: 7 * 24 * HOUR,
  /** How long it is known what became of a message, and how often what is older is looked for. */
  deliveriesKeptMs: 90 * 24 * HOUR,
  forgetEveryMs: HOUR,
  /** A message that says a thing waits is changed when it is handled, for so long. */
  settleMsMax: 48 * HOUR,
  /** Holds and questions that /status and /holds list. */
  listedMax: 10,
  /** Lines of the delivery log on the page. */
  logLinesMax: 30,
  /** The longest span that a briefing covers: after a pause nobody reads a month. */
  briefingSpanMsMax: 48 * HOUR,
  /** Rows of each kind in a briefing. */
  briefingRowsMax: 200,
  /** A briefing that could not be sent for longer than this is not sent late. */
  briefingLateMsMax: 2 * HOUR,
} as const;
