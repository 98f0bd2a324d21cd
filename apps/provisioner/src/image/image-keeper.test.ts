import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { createImageKeeper, type ImageKeeperPorts } from "./image-keeper.ts";
import type { BuildProgress } from "./progress.ts";

const nextTurn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

function keeperWith(
  build: ImageKeeperPorts["build"],
  has: ImageKeeperPorts["has"] = async () => await Promise.resolve(true),
) {
  const clock = fakeClock();
  const told: BuildProgress[] = [];
  const stop = new AbortController();
  const keeper = createImageKeeper({
    has,
    build,
    tell: async (progress) => {
      told.push(progress);
      await Promise.resolve();
    },
    clock,
    log: { info: () => undefined, error: () => undefined },
    onReady: () => undefined,
  });
  return { keeper, clock, told, stop };
}

test("tells the last word last, however much was said before", async () => {
  const { keeper, clock, told, stop } = keeperWith(async (report) => {
    for (let percent = 0; percent < 90; percent += 1)
      report({ state: "building", step: "at work", percent, detail: "" });
    return await Promise.resolve("nightgate/workstation:one");
  });
  const done = keeper.run(stop.signal);
  await nextTurn();
  await clock.advance(LIMITS.progressWriteMs);
  expect(told.length).toBeLessThan(5);
  expect(told.at(-1)).toMatchObject({ state: "ready", percent: 100 });
  expect(keeper.current()).toEqual({ reference: "nightgate/workstation:one" });
  stop.abort();
  await done;
});

test("a failed build is told in words and tried again", async () => {
  let attempts = 0;
  const { keeper, clock, told, stop } = keeperWith(async () => {
    attempts += 1;
    return await (attempts === 1
      ? Promise.reject(new Error("the disk is full"))
      : Promise.resolve("nightgate/workstation:one"));
  });
  const done = keeper.run(stop.signal);
  await nextTurn();
  expect(told.at(-1)).toMatchObject({
    state: "failed",
    detail: expect.stringContaining("the disk is full") as string,
  });
  expect(keeper.current()).toMatchObject({ missing: expect.stringContaining("the disk is full") as string });
  await clock.advance(LIMITS.imageRetryMs);
  expect(keeper.current()).toEqual({ reference: "nightgate/workstation:one" });
  stop.abort();
  await done;
});

test("an image that somebody removed is built again", async () => {
  let builds = 0;
  const { keeper, clock, stop } = keeperWith(
    async () => await Promise.resolve(`nightgate/workstation:${(builds += 1)}`),
    async (reference) => await Promise.resolve(reference !== "nightgate/workstation:1"),
  );
  const done = keeper.run(stop.signal);
  await nextTurn();
  await clock.advance(LIMITS.imageCheckMs);
  expect(keeper.current()).toEqual({ reference: "nightgate/workstation:2" });
  await clock.advance(LIMITS.imageCheckMs);
  expect(builds).toBe(2);
  stop.abort();
  await done;
});
