/** The states of a run, as a table. Waiting for a person, for an approval or for a provider is a state of its own, never a failure.
 * Nothing reopens: a retry, or a prompt after the end, is a new run of the same job that resumes the agent's session. */
export const RUN_MOVES = {
  /** Has a time before which it does not begin. */
  scheduled: ["queued", "blocked", "cancelled"],
  /** Waits for other runs: before it begins for those that it needs, between its turns for agents that it has asked. */
  blocked: ["queued", "skipped", "upstream_failed", "cancelled"],
  queued: ["dispatching", "timed_out", "cancelled"],
  dispatching: ["running", "queued", "failed", "cancelling"],
  running: [
    "succeeded",
    "failed",
    "timed_out",
    "awaiting_approval",
    "awaiting_input",
    "rate_limited",
    "needs_auth",
    "stalled",
    "queued",
    "blocked",
    "cancelling",
  ],
  awaiting_approval: ["running", "queued", "succeeded", "failed", "timed_out", "cancelling"],
  awaiting_input: ["running", "queued", "timed_out", "stalled", "cancelling"],
  rate_limited: ["queued", "timed_out", "cancelling"],
  needs_auth: ["queued", "timed_out", "cancelling"],
  stalled: ["running", "queued", "failed", "timed_out", "awaiting_input", "cancelling"],
  cancelling: ["cancelled", "succeeded", "failed"],
  succeeded: [],
  failed: [],
  cancelled: [],
  timed_out: [],
  skipped: [],
  upstream_failed: [],
} as const satisfies Record<string, readonly string[]>;

export type RunState = keyof typeof RUN_MOVES;
export type RunMove = { [From in RunState]: { from: From; to: (typeof RUN_MOVES)[From][number] } }[RunState];
export const RUN_STATES = Object.keys(RUN_MOVES) as RunState[];

/** What other systems call the same, and people type. */
export const STATE_ALIASES = {
  completed: "succeeded",
  canceled: "cancelled",
  expired: "timed_out",
} as const satisfies Record<string, RunState>;
export type StateWord = RunState | keyof typeof STATE_ALIASES;

/** The state that a word means. */
export function stateMeant(word: StateWord): RunState {
  return word in STATE_ALIASES ? STATE_ALIASES[word as keyof typeof STATE_ALIASES] : (word as RunState);
}

/** States in which a run has its slot and its locks. Only the dispatcher brings a run into them; all the others have given them back, unless the job keeps them. */
export const AT_WORK: readonly RunState[] = ["dispatching", "running", "cancelling"];

/** States in which nothing of the run is at work: there is nothing to end first. */
export const NOT_BEGUN: readonly RunState[] = ["scheduled", "blocked", "queued"];
