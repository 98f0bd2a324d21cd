import { expect, test } from "vitest";
import { memoryLog } from "../../net/testing/world.ts";
import { createTraffic, type TrafficCount } from "./traffic.ts";

const event = {
  organization: "org_a",
  workstation: "ws_a",
  target: "res_a",
  verdict: "allow",
  bytesOut: 1,
  bytesIn: 10,
} as const;

/** A clock whose waits end when the test says so. */
function steppedClock(): {
  now(): number;
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  step(): void;
  at: number;
} {
  let release = (): void => undefined;
  const clock = {
    at: 60_000,
    now: () => clock.at,
    wait: async (_ms: number, signal?: AbortSignal) =>
      await new Promise<void>((resolve) => {
        release = resolve;
        signal?.addEventListener("abort", () => resolve());
      }),
    step: () => release(),
  };
  return clock;
}

test("counts are summed per minute, target and verdict, and written per organization", async () => {
  const written: TrafficCount[][] = [];
  const clock = steppedClock();
  const traffic = createTraffic({
    store: { add: async (_organization, counts) => void written.push(counts) },
    log: memoryLog(),
    clock,
  });
  traffic.count(event);
  traffic.count(event);
  clock.at = 120_000;
  traffic.count(event);
  traffic.count({ ...event, verdict: "deny", target: "evil.example.com" });
  traffic.count({ ...event, organization: "org_b", workstation: "ws_b" });
  clock.step();
  await expect.poll(() => written.length).toBe(2);
  expect(written[0]?.map(({ minute, verdict, count, bytesIn }) => [minute, verdict, count, bytesIn])).toEqual(
    [
      [60_000, "allow", 2, 20],
      [120_000, "allow", 1, 10],
      [120_000, "deny", 1, 10],
    ],
  );
  expect(written[1]).toMatchObject([{ workstation: "ws_b", count: 1 }]);
  await traffic.stop();
});

test("a store that is away loses nothing, and stopping writes what is left", async () => {
  const written: TrafficCount[] = [];
  const clock = steppedClock();
  let away = true;
  let tries = 0;
  const traffic = createTraffic({
    store: {
      add: async (_organization, counts) => {
        tries += 1;
        if (away) throw new Error("away");
        written.push(...counts);
      },
    },
    log: memoryLog(),
    clock,
  });
  traffic.count(event);
  clock.step();
  await expect.poll(() => tries).toBe(1);
  traffic.count(event);
  away = false;
  await traffic.stop();
  expect(written).toMatchObject([{ count: 2, bytesIn: 20 }]);
});

test("H39: a flood of names is counted as one", async () => {
  const written: TrafficCount[] = [];
  const traffic = createTraffic({
    store: { add: async (_organization, counts) => void written.push(...counts) },
    log: memoryLog(),
    clock: steppedClock(),
  });
  for (let n = 0; n < 5000; n += 1) traffic.count({ ...event, verdict: "deny", target: `n${n}.example.com` });
  await traffic.stop();
  expect(written).toHaveLength(2001);
  expect(written.at(-1)).toMatchObject({ target: "(other hosts)", count: 3000 });
});
