/** `nightgate holds wait` outside of a workstation: over the verbs, which know no waiting for holds, so it looks again and again. */
import { type Clock, systemClock } from "@nightgate/shared/clock";
import type { HoldState } from "@nightgate/shared/hold-states";
import { z } from "zod";
import { LIMITS } from "../limits.ts";
import type { Transport } from "../transport.ts";
import { present } from "../verbs/present.ts";
import { WAIT_EXITS } from "./holds.ts";

const held = z.looseObject({ state: z.string() });

/** Waits up to a minute. Answers what to print and what to exit with. */
export async function waitForHoldOutside(
  transport: Transport,
  hold: string,
  { json }: { json: boolean },
  clock: Clock = systemClock,
): Promise<{ text: string; exit: number }> {
  const until = clock.now() + LIMITS.holdWaitSeconds * 1000;
  for (;;) {
    const found = held.parse(await transport.call("hold_status", { hold }));
    const exit = WAIT_EXITS[found.state as HoldState] ?? WAIT_EXITS.unknown;
    if (exit !== WAIT_EXITS.pending || clock.now() >= until)
      return { text: json ? JSON.stringify(found, null, 2) : present(found), exit };
    await clock.wait(LIMITS.holdLookMs);
  }
}
