/**
 * What a device shows of a run: the gate's own sentence about a workstation, and the job's id. Not the job's title, not the agent's question,
 * not its result: those are written by others, and a lock screen is read by anybody (attacks N2 and N6).
 */
import { RUN_STATES, type RunState } from "@nightgate/shared/run-states";
import { visibleText } from "@nightgate/shared/visible-text";
import type { PushMessage } from "./message.ts";

interface Words {
  title: string;
  body: string;
  quiet: boolean;
}

/** States that somebody is told of. In the others a run works, or waits for what has its own message. */
const TOLD: Partial<Record<RunState, Words>> = {
  succeeded: { title: "has finished a task", body: "Open it to read what was done.", quiet: true },
  failed: { title: "stopped with an error", body: "Open it to see what happened.", quiet: false },
  timed_out: {
    title: "ran out of time",
    body: "The task was ended. Open it to see how far it came.",
    quiet: false,
  },
  awaiting_input: { title: "has a question", body: "It waits for your answer.", quiet: false },
  needs_auth: {
    title: "needs a working credential",
    body: "Its model refuses the key. Look at the vault.",
    quiet: false,
  },
  stalled: { title: "has gone silent", body: "Nothing was heard of the task for a while.", quiet: false },
};

/** What takes the place of a message that is settled. */
const SETTLED: Words = { title: "goes on", body: "Nothing waits for you there.", quiet: true };
const ENDED: Words = { title: "was stopped", body: "The task was cancelled.", quiet: true };

export function isRunState(text: string): text is RunState {
  return RUN_STATES.some((state) => state === text);
}

export const isNews = (state: RunState): boolean => TOLD[state] !== undefined;

/** The message about a run that is in `state` now. A state that is no news settles what was told before. */
export function runMessage(
  run: { id: string; job: string; state: RunState },
  workstationName: string,
): PushMessage {
  const words = TOLD[run.state] ?? (run.state === "cancelled" ? ENDED : SETTLED);
  return {
    title: `${visibleText(workstationName)} ${words.title}`,
    body: words.body,
    hold: null,
    job: run.job,
    tag: run.id,
    quiet: words.quiet,
  };
}
