/** Ends what would otherwise never end when the process is told to stop: Next waits for open answers, and a stream is one for ever. */
import { systemClock } from "@nightgate/shared/clock";

const kept = globalThis as typeof globalThis & { nightgateStopping?: AbortController };

function controller(): AbortController {
  kept.nightgateStopping ??= new AbortController();
  return kept.nightgateStopping;
}

/** Aborts when the process is stopping, or when `signal` does. */
export function untilStopping(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, controller().signal]);
}

/** What is being answered may finish in this time; browsers that come back over a connection that is still open would keep the process for ever. */
const FINISH_MS_MAX = 1_000;

/** Ends every stream, lets what is being answered finish, and ends the process. Called when the process is told to stop. */
export async function stopProcess(): Promise<void> {
  controller().abort();
  await systemClock.wait(FINISH_MS_MAX);
  process.exit(0);
}
