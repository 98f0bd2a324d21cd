/** The states of a run, as a table. Waiting for a person, for an approval or for a provider is a state of its own, never a failure.
 * Nothing reopens: a retry, or a prompt after the end, is a new run of the same job that resumes the agent's session. */
export const RUN_MOVES = {
  queued: ["dispatching", "cancelled"],
  dispatching: ["running", "queued", "failed", "cancelling"],
  running: [
    "succeeded",
    "failed",
    "awaiting_approval",
    "awaiting_input",
    "rate_limited",
    "needs_auth",
    "queued",
    "cancelling",
  ],
  awaiting_approval: ["running", "queued", "succeeded", "failed", "cancelling"],
  awaiting_input: ["running", "queued", "cancelling"],
  rate_limited: ["queued", "running", "cancelling"],
  needs_auth: ["queued", "running", "cancelling"],
  cancelling: ["cancelled", "succeeded", "failed"],
  succeeded: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;

export type RunState = keyof typeof RUN_MOVES;
export type RunMove = { [From in RunState]: { from: From; to: (typeof RUN_MOVES)[From][number] } }[RunState];
export const RUN_STATES = Object.keys(RUN_MOVES) as RunState[];
