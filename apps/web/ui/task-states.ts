/** What a run's state means to a person: a word, a tone, and in which part of the inbox it belongs. One table, so that no page invents its own. */
import { RUN_MOVES, RUN_STATES, type RunState } from "@nightgate/shared/run-states";

/** `sending` and `refused` come before there is a run: what was asked waits for the runner, or the runner said no. */
export type TaskState = RunState | "sending" | "refused";
export type Tone = "neutral" | "accent" | "good" | "warn" | "bad";
export type TaskGroup = "needs" | "running" | "done";

interface StateWords {
  label: string;
  tone: Tone;
  group: TaskGroup;
  /** True while something moves by itself: the dot then breathes. */
  live: boolean;
  /** One sentence: what this means, or what happens next. */
  means: string;
}

export const TASK_STATES = {
  sending: {
    label: "Sending",
    tone: "neutral",
    group: "running",
    live: true,
    means: "The runner has not picked it up yet.",
  },
  refused: {
    label: "Not accepted",
    tone: "bad",
    group: "needs",
    live: false,
    means: "The runner did not accept it.",
  },
  scheduled: {
    label: "Scheduled",
    tone: "neutral",
    group: "running",
    live: false,
    means: "Begins at its time.",
  },
  blocked: {
    label: "Waits for others",
    tone: "neutral",
    group: "running",
    live: false,
    means:
      "Begins when the runs that it needs have ended well, or goes on when the agents that it asked have answered.",
  },
  queued: {
    label: "Queued",
    tone: "neutral",
    group: "running",
    live: true,
    means: "Starts as soon as the workstation is free.",
  },
  dispatching: {
    label: "Starting",
    tone: "accent",
    group: "running",
    live: true,
    means: "The workstation is starting the agent.",
  },
  running: { label: "Running", tone: "accent", group: "running", live: true, means: "The agent is working." },
  awaiting_approval: {
    label: "Waiting for approval",
    tone: "warn",
    group: "needs",
    live: false,
    means: "The agent has ended its turn and goes on when the hold is decided.",
  },
  awaiting_input: {
    label: "Waiting for you",
    tone: "warn",
    group: "needs",
    live: false,
    means: "The agent has a question. Answer below.",
  },
  rate_limited: {
    label: "Rate limited",
    tone: "warn",
    group: "needs",
    live: false,
    means: "The model provider asked to wait. It goes on by itself.",
  },
  needs_auth: {
    label: "Needs a credential",
    tone: "bad",
    group: "needs",
    live: false,
    means: "The model provider refused the key. Replace it at the gate; the run then goes on.",
  },
  stalled: {
    label: "Stalled",
    tone: "bad",
    group: "needs",
    live: false,
    means: "The agent makes no progress.",
  },
  cancelling: {
    label: "Cancelling",
    tone: "neutral",
    group: "running",
    live: true,
    means: "The agent is being stopped.",
  },
  succeeded: {
    label: "Done",
    tone: "good",
    group: "done",
    live: false,
    means: "The agent finished its work.",
  },
  failed: {
    label: "Failed",
    tone: "bad",
    group: "needs",
    live: false,
    means: "The run ended with an error.",
  },
  cancelled: {
    label: "Cancelled",
    tone: "neutral",
    group: "done",
    live: false,
    means: "Somebody cancelled the run.",
  },
  timed_out: {
    label: "Out of time",
    tone: "bad",
    group: "needs",
    live: false,
    means: "It was at work for as long as it was given, and was ended.",
  },
  skipped: {
    label: "Skipped",
    tone: "neutral",
    group: "done",
    live: false,
    means: "A run that it needs was skipped, so it was not begun.",
  },
  upstream_failed: {
    label: "Not begun",
    tone: "bad",
    group: "needs",
    live: false,
    means: "A run that it needs did not end well, so it was not begun.",
  },
} as const satisfies Record<TaskState, StateWords>;

/** The words for a state. */
export function taskState(state: TaskState): StateWords {
  return TASK_STATES[state];
}

const TERMINAL: ReadonlySet<TaskState> = new Set([
  ...RUN_STATES.filter((state) => RUN_MOVES[state].length === 0),
  "refused" as const,
]);

/** True when the run can still change: it can then be cancelled. */
export function isLive(state: TaskState): boolean {
  return !TERMINAL.has(state);
}

/** The states of runs that belong to a group, for queries. */
export function runStatesOf(group: TaskGroup): RunState[] {
  const states = Object.keys(TASK_STATES) as TaskState[];
  return states.filter(
    (state): state is RunState =>
      state !== "sending" && state !== "refused" && TASK_STATES[state].group === group,
  );
}
