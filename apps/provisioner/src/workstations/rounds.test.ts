import { expect, test } from "vitest";
import { fakeClock } from "../testing/fake-clock.ts";
import { createRounds, type Rounds } from "./rounds.ts";

const nextTurn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

function counted(fail = false): {
  rounds: Rounds;
  looks: () => number;
  clock: ReturnType<typeof fakeClock>;
  errors: unknown[];
  stop: AbortController;
} {
  let looks = 0;
  const clock = fakeClock();
  const errors: unknown[] = [];
  const rounds = createRounds({
    look: async () => {
      looks += 1;
      return await (fail ? Promise.reject(new Error("away")) : Promise.resolve({ againMs: 100 }));
    },
    clock,
    sweepMs: 3_000,
    log: { error: (fields) => errors.push(fields) },
  });
  return { rounds, looks: () => looks, clock, errors, stop: new AbortController() };
}

test("looks at once, then when the last round said, then at once after a nudge", async () => {
  const { rounds, looks, clock, stop } = counted();
  const done = rounds.run(stop.signal);
  await nextTurn();
  expect(looks()).toBe(1);
  await clock.advance(99);
  expect(looks()).toBe(1);
  await clock.advance(1);
  expect(looks()).toBe(2);
  rounds.nudge();
  await nextTurn();
  expect(looks()).toBe(3);
  stop.abort();
  await done;
});

test("a round that fails is logged and followed by the next", async () => {
  const { rounds, looks, clock, errors, stop } = counted(true);
  const done = rounds.run(stop.signal);
  await nextTurn();
  await clock.advance(3_000);
  expect(looks()).toBe(2);
  expect(errors).toHaveLength(2);
  stop.abort();
  await done;
});
