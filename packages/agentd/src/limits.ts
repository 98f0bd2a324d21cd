/** agentd's limits (invariant 12). Each has its unit in its name; a number in an `if` elsewhere is a mistake. */
const KiB = 1024;
const MiB = 1024 * KiB;

export const LIMITS = {
  /** One text inside an event: a message of the agent. The contract allows 256 Ki characters. */
  eventTextCharactersMax: 200 * KiB,
  /** Input and output of one tool call. Longer ones are cut, and say so. */
  toolTextCharactersMax: 48 * KiB,
  /** All diffs of one tool call together. */
  diffCharactersMax: 192 * KiB,
  diffFilesMax: 50,
  planEntriesMax: 100,
  /** Events of one run on disk. Above it only turns and ends are written, so that the run still ends properly. */
  eventLogBytesMax: 256 * MiB,
  /** The end of a log that is read to repair it: longer than any line. */
  eventLogTailBytes: 4 * MiB,
  /** One message with events to the runner (the wire allows 4 MiB). */
  eventBatchBytesMax: 1 * MiB,
  eventBatchCountMax: 200,
  /** The error in an answer to the runner. */
  replyCharactersMax: 4_000,
  /** Runs whose logs are kept. The oldest ended ones that the runner has stored go first. */
  runsKeptMax: 2_000,
  /** Live agent processes at once; each takes some hundred MiB. */
  runsLiveMax: 16,
  promptsQueuedMax: 100,
  /** Ids of prompts that are remembered per run, so that none is taken twice. */
  promptsRememberedMax: 5_000,
  /** Answers to commands that are remembered per run, so that a repeated command does nothing. */
  commandsRememberedMax: 500,
  /** An agent that is idle for so long is put away; its session is resumed by the next prompt. */
  idleMsMax: 30 * 60_000,
  /** Between asking an agent to end and killing its process group. */
  stopGraceMs: 5_000,
  agentStartMsMax: 120_000,
  /** Of what was asked before, for an agent that lost its session. */
  handOverCharactersMax: 100_000,
  /** The end of what an agent writes to stderr, shown when it dies. */
  lastWordsCharactersMax: 2_000,
  /** How often the gate is asked whether the provider refuses a run, and how old a refusal must be: an agent may end its turn by itself. */
  refusalPollMs: 2_000,
  refusalAgeMsMin: 1_500,
  cloneMsMax: 30 * 60_000,
  promptFileBytesMax: 128 * KiB,
  /** How often, and how much of the end, of a command's output is told while it runs. */
  commandOutputTellMs: 5_000,
  commandOutputTellCharactersMax: 4 * KiB,
  /** How long a command's output is read after its end. */
  commandDrainMs: 1_000,
  /** How often one turn is taken up again after its connection to the model broke. */
  turnResumesMax: 5,
  /** How long a broken turn waits for the gate to answer again. */
  gateWaitMsMax: 60 * 60_000,
  retryMsMin: 250,
  retryMsMax: 5_000,
  /** How often the gate is asked whether resources changed. */
  surroundingsPollMs: 10_000,
  gateAnswerBytesMax: 4 * MiB,
  gateAnswerMsMax: 10_000,
  /** Names that have an address of their own at once; each holds two listening sockets. */
  namesMax: 1_024,
  nameTtlSeconds: 60,
  /** Connections through the relay at once. */
  relayConnectionsMax: 2_048,
  /** How long a connection that was accepted waits for the gate's socket. */
  relayDialMsMax: 10_000,
  /** Head of the gate's answer to CONNECT. */
  connectHeadBytesMax: 16 * KiB,
  connectAnswerMsMax: 60_000,
  /** How long a refusal of the gate may take to arrive. */
  refusalBodyMsMax: 2_000,
  dnsMessageBytesMax: 4 * KiB,
  dnsConnectionsMax: 64,
  dnsIdleMsMax: 10_000,
  /** Packages in one request to install. */
  aptPackagesMax: 50,
  localConnectionsMax: 64,
  /** A prompt of 100,000 characters, and room for the rest of its call. */
  localRequestCharactersMax: 256_000,
  /** Calls of verbs that the runner has not answered. */
  verbCallsOpenMax: 32,
  /** Longer than any verb waits. */
  verbCallMsMax: 75_000,
  aptListCharactersMax: 100_000,
  aptMsMax: 20 * 60_000,
  aptRequestsQueuedMax: 8,
} as const;
