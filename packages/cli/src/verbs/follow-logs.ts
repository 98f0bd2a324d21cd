/** `nightgate jobs logs --follow`: a line for each event as it comes, until the run has ended. */
import { type Clock, systemClock } from "@nightgate/shared/clock";
import { RUN_MOVES, type RunState } from "@nightgate/shared/run-states";
import { z } from "zod";
import { LIMITS } from "../limits.ts";
import type { Transport } from "../transport.ts";
import { lineText } from "./present.ts";

const logs = z.looseObject({
  run: z.string(),
  state: z.string(),
  events: z.array(z.looseObject({ seq: z.int(), at: z.string(), kind: z.string(), text: z.string() })),
});

const KIND_WIDTH = 15;

export interface FollowLogs {
  transport: Transport;
  job: unknown;
  json: boolean;
  print(text: string): void;
  clock?: Clock;
}

/** Prints what the first answer has, and what comes after it. */
export async function followLogs(
  { transport, job, json, print, clock = systemClock }: FollowLogs,
  first: Record<string, unknown>,
): Promise<void> {
  let after = 0;
  for (let answer = logs.parse(first); ;) {
    for (const event of answer.events) {
      print(
        json ? JSON.stringify(event) : `${event.at}  ${event.kind.padEnd(KIND_WIDTH)}${lineText(event.text)}`,
      );
      after = event.seq;
    }
    const ended = RUN_MOVES[answer.state as RunState]?.length === 0;
    if (ended && answer.events.length < LIMITS.eventsAskedFor) {
      if (!json) print(`The run is ${answer.state}.`);
      return;
    }
    if (answer.events.length < LIMITS.eventsAskedFor) await clock.wait(LIMITS.logsLookMs);
    const args = { job, run: answer.run, after, limit: LIMITS.eventsAskedFor };
    answer = logs.parse(await transport.call("job_logs", args));
  }
}
