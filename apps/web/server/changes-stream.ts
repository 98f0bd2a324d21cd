/** The organization's changes as a stream: one `changed` per burst. Events of runs are left out; the conversation has its own stream. */
import { systemClock } from "@nightgate/shared/clock";
import { limits } from "../limits.ts";
import { live } from "./live.ts";
import { createBell } from "./wake.ts";

const QUIET = new Set(["jobs.events", "gate.model_calls"]);

/** Yields `changed` after something changed and `pulse` when nothing did for a while. */
export async function* changesStream(
  organization: string,
  signal: AbortSignal,
): AsyncGenerator<{ event: string; data: unknown }> {
  const bell = createBell();
  const stop = live().follow(organization, (heard) => {
    if (heard.kind === "missed" || !QUIET.has(heard.change.table)) bell.ring();
  });
  const until = systemClock.now() + limits.streamMsMax;
  try {
    yield { event: "pulse", data: {} };
    while (!signal.aborted && systemClock.now() < until) {
      const rung = await bell.wait(limits.streamPulseMs, signal);
      if (signal.aborted) return;
      yield { event: rung ? "changed" : "pulse", data: {} };
      // One look at the pages a second is enough; what rings meanwhile is answered after it.
      if (rung) await systemClock.wait(limits.changesEveryMs, signal).catch((error: unknown) => error);
    }
  } finally {
    stop();
  }
}
