/** The runner's limits (invariant 12). Each has its unit in its name. */
export const LIMITS = {
  /** How long a command to agentd may take to be answered; stopping an agent takes some seconds. */
  replyMsMax: 60_000,
  /** Commands that wait for an answer of one workstation. */
  repliesWaitingMax: 1_000,
  /** Messages of one workstation that wait to be stored; above it the socket is not read. */
  messagesWaitingMax: 8,
  /** Connections on one workstation's socket; agentd needs one, and one more while it comes back. */
  connectionsPerWorkstationMax: 4,
  /** Everything is looked at again so often, in case an announcement was missed. */
  sweepMs: 5_000,
  /** A timer cannot count further than 24.8 days; nobody needs to. */
  alarmMsMax: 60 * 60_000,
  /** Runs at work in one workstation at once; others wait in the queue. */
  runsAtWorkMax: 4,
  /** Runs at work of one organization at once, until its plan says otherwise. */
  runsAtWorkPerOrganizationMax: 64,
  /** Runs that one organization gets to work before the next one has its turn. */
  claimsPerTurn: 4,
  /** Runs that have become due or free of what they needed, looked at in one sweep. */
  ripeRunsBatch: 500,
  /** The longest pause before a retry; it doubles from the job's own. */
  backoffMsMax: 24 * 60 * 60_000,
  /** A dispatched run whose workstation went away gives its locks back after this. */
  dispatchMsMax: 60_000,
  /** How often in a row a run is taken up again after its agent died. */
  restartsMax: 3,
  /** A run that was dispatched so often without ever beginning has something wrong with it. */
  dispatchesMax: 12,
  /** What the gate saw of a failed turn may arrive this much later than the failure. */
  modelStatusWaitMs: 3_000,
  /** Pause after a rate limit that did not say when it ends; doubled each time. */
  rateLimitMsMin: 60_000,
  rateLimitMsMax: 60 * 60_000,
  /** A provider that cannot be reached is tried again so often in a row: some six hours, with pauses as after a limit. */
  providerAwayTriesMax: 10,
  /** A provider's own wait is believed up to this. */
  retryAfterMsMax: 24 * 60 * 60_000,
  /** A provider that is away for longer than this is not waited for where there is a second one, unless the job or its organization says otherwise. */
  fallbackAfterMs: 15 * 60_000,
  /** Up to so much is added to the time at which a limit ends, so that not everything comes back at once. */
  resumeJitterMsMax: 15_000,
  /** A question that a turn ended on is answered no after this. */
  questionMsMax: 12 * 60 * 60_000,
  /** Open questions of one run; what is asked above it is refused. */
  questionsOpenMax: 20,
  /** Notes of one run. */
  notesPerRunMax: 500,
  /** One tool call may be at work so long. */
  toolQuietMsMax: 45 * 60_000,
  /** A turn may go on so long without a new tool call, diff or plan. */
  turnQuietMsMax: 15 * 60_000,
  /** A prompt may wait so long for its turn to begin; the first one also for a clone. */
  betweenTurnsMsMax: 20 * 60_000,
  /** After a nudge or an interrupt, so long for anything to come of it. */
  stallRungMs: 5 * 60_000,
  /** Events that are looked at for progress, the newest of a run; and of those, so many tool calls. */
  eventsLookedAt: 5_000,
  toolEventsLookedAt: 300,
  /** What a fresh session is told of what was said before. */
  handOverCharactersMax: 20_000,
  /** A run at work on a workstation that has been away for so long gives its locks back. */
  awayMsMax: 30 * 60_000,
  /** A workstation that is away for so long while a run is at work on it is looked at by the doctor. */
  ghostAfterMs: 15 * 60_000,
  /** A run without any event for so long has got past every rung of the stall ladder. */
  stuckAfterMs: 3 * 60 * 60_000,
  /** An interrupted run that nobody has spoken to for so long was forgotten. */
  forgottenAfterMs: 24 * 60 * 60_000,
  inboxBatch: 50,
  /** Schedules of one organization. */
  schedulesMax: 2_000,
  /** Schedules that are found due in one look, and those of them that are fired side by side. */
  firesBatch: 50,
  firesAtOnceMax: 4,
  /** A clock that was put back by more than this has its schedules reckoned anew. */
  clockBackMsMin: 1_000,
  /** Missed instants of one schedule that are made up for, or written down as missed; older ones are forgotten. */
  missedFiresMax: 100,
  /** Later than this, a fire counts as missed. */
  missedAfterMs: 60_000,
  /** Calls of verbs that one workstation or person has open at once; most of them wait for something. */
  verbCallsAtOnceMax: 64,
  verbCallsPerMinuteMax: 600,
  /** A call that waits is asked again no faster than this. */
  verbAskAgainMs: 200,
  verbNameCharactersMax: 64,
  /** Of a result or an error, where a verb does not show it whole. */
  verbExcerptCharactersMax: 2_000,
  verbEventCharactersMax: 2_000,
  verbHoldsListedMax: 50,
  /** Jobs that have each been made by a run of the one before. */
  jobDepthMax: 8,
  /** Runs that have not ended, of jobs that agents of one workstation have made. */
  openJobsPerWorkstationMax: 500,
  schedulesPerWorkstationMax: 100,
  /** After so many successes, a schedule that an agent has made asks a person whether to go on. */
  agentScheduleSuccessesMax: 200,
  /** One answer, as JSON. */
  verbResultCharactersMax: 512 * 1024,
  /** Outcomes of calls, so that a repeated call is done once. */
  verbCallsKeptMs: 7 * 24 * 60 * 60_000,
  /** What only reads may be read again. */
  verbReadsKeptMs: 60 * 60_000,
  verbCallsForgetMs: 10 * 60_000,
  /** Nights of one chain that go or wait. */
  chainRunsLiveMax: 10,
  chainsMax: 200,
  /** Of what a job of a chain says, for the job that needs it. */
  chainNeedCharactersMax: 6_000,
  /** What a command may write that is kept: the end of it. */
  commandOutputBytesMax: 64 * 1024,
  commandVariablesMax: 100,
  commandVariableCharactersMax: 2_000,
  /** A note for people. */
  noteCharactersMax: 20_000,
  titleCharactersMax: 100,
  resultCharactersMax: 100_000,
  promptCharactersMax: 200_000,
} as const;
