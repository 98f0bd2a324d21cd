import { systemClock } from "@nightgate/shared/clock";
import { pino } from "pino";
import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import type { RunRow } from "../store/run-row.ts";
import { Dispatcher } from "./dispatcher.ts";

/** Queues by organization; answers in which order runs were begun. */
function dispatching(
  queued: Record<string, number>,
  broken?: string,
): { begun: string[]; dispatcher: Dispatcher } {
  const begun: string[] = [];
  const dispatcher = new Dispatcher({
    claims: {
      claim: async (organization) => {
        if (organization === broken) throw new Error("The database is away.");
        const left = queued[organization] ?? 0;
        if (left === 0) return null;
        queued[organization] = left - 1;
        return { id: `${organization}-${left}` } as RunRow;
      },
    },
    connected: () => ["ws_a"],
    look: async (organization) => void begun.push(organization),
    clock: systemClock,
    log: pino({ level: "silent" }),
    faults: () => undefined,
    signal: new AbortController().signal,
  });
  return { begun, dispatcher };
}

test("however much one organization has queued, the others have their turn after a few", async () => {
  const { begun, dispatcher } = dispatching({ big: 1_000, small: 2, late: 1 });
  for (const organization of ["big", "small", "late"]) dispatcher.wake(organization);
  await dispatcher.idle();
  expect(begun).toHaveLength(1_003);
  const turn = LIMITS.claimsPerTurn;
  expect(begun.slice(0, turn + 3)).toEqual([...Array<string>(turn).fill("big"), "small", "small", "late"]);
});

test("an organization whose claim fails keeps no other one back, and is tried when it is woken again", async () => {
  const { begun, dispatcher } = dispatching({ good: 3, bad: 3 }, "bad");
  dispatcher.wake("bad");
  dispatcher.wake("good");
  await dispatcher.idle();
  expect(begun).toEqual(["good", "good", "good"]);
});
