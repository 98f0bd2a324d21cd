import { beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { type FakeClock, fakeClock } from "../testing/fake-clock.ts";
import { type FakeDriver, fakeDriver } from "./fake-driver.ts";
import {
  createReconciler,
  type FleetEntry,
  type Reconciler,
  type ReconcilerPorts,
  type Wish,
} from "./reconcile.ts";

const atlas: Wish = {
  organization: "org_a",
  workstation: "ws_a",
  name: "atlas",
  wanted: "running",
  cpus: 2,
  memoryBytes: 2 ** 32,
  pids: 1024,
};

let clock: FakeClock;
let driver: FakeDriver;
let wishes: Wish[];
let missing: string[];
let image: ReturnType<ReconcilerPorts["image"]>;
let told: FleetEntry[];

function reconciler(over: Partial<ReconcilerPorts> = {}): Reconciler {
  return createReconciler({
    driver,
    wishes: async () => await Promise.resolve(wishes),
    tell: async (entry) => {
      told.push(entry);
      await Promise.resolve();
    },
    image: () => image,
    missingSockets: () => missing,
    clock,
    log: { info: () => undefined, error: () => undefined },
    ...over,
  });
}

async function round(of: Reconciler): Promise<{ againMs: number }> {
  const answer = await of.look();
  await of.settled();
  return answer;
}

const last = (): FleetEntry | undefined => told.at(-1);

beforeEach(() => {
  clock = fakeClock();
  driver = fakeDriver(clock.now);
  wishes = [atlas];
  missing = [];
  image = { reference: "nightgate/workstation:one" };
  told = [];
});

describe("a wanted workstation", () => {
  test("is made and started, and said to be running", async () => {
    await round(reconciler());
    expect(driver.calls).toEqual(["create ws_a nightgate/workstation:one", "start ws_a"]);
    expect(told.map((entry) => entry.state)).toEqual(["creating", "running"]);
    expect(last()).toMatchObject({
      containerId: "fake-ws_a",
      image: "nightgate/workstation:one",
      detail: "",
    });
  });

  test("waits for the image, in its words", async () => {
    image = { missing: "Waiting for the workstation image." };
    await round(reconciler());
    expect(driver.calls).toEqual([]);
    expect(last()).toMatchObject({ state: "waiting", detail: "Waiting for the workstation image." });
  });

  test("waits for both sockets and says which is missing; after a while it says what to do, and still goes on by itself", async () => {
    const it = reconciler();
    missing = ["the gate", "the runner"];
    expect(await round(it)).toEqual({ againMs: LIMITS.socketPollMs });
    expect(last()).toMatchObject({
      state: "waiting",
      detail: expect.stringContaining("the gate and the runner") as string,
    });
    missing = ["the runner"];
    await clock.advance(LIMITS.socketWaitMs);
    expect(await round(it)).toEqual({ againMs: LIMITS.sweepMs });
    expect(last()?.detail).toContain("After 30 s the runner did not offer a socket");
    expect(driver.calls).toEqual([]);
    missing = [];
    await round(it);
    expect(last()?.state).toBe("running");
  });

  test("that runs is left alone when its sockets or the image go away", async () => {
    const it = reconciler();
    await round(it);
    missing = ["the gate"];
    image = { missing: "gone" };
    await round(it);
    expect(driver.calls).toHaveLength(2);
    expect(last()?.state).toBe("running");
  });

  test("runs on with its image when a newer one is ready, and gets it at its next start with its home kept", async () => {
    const it = reconciler();
    await round(it);
    image = { reference: "nightgate/workstation:two" };
    await round(it);
    expect(last()).toMatchObject({
      state: "running",
      detail: expect.stringContaining("newer image") as string,
    });
    wishes = [{ ...atlas, wanted: "stopped" }];
    await round(it);
    wishes = [atlas];
    await round(it);
    expect(driver.calls.slice(2)).toEqual([
      "stop ws_a",
      "remove ws_a home:keep",
      "create ws_a nightgate/workstation:two",
      "start ws_a",
    ]);
  });
});

describe("a workstation that dies", () => {
  test("is started again, each time after a longer pause, and after a quiet run at once", async () => {
    const it = reconciler();
    await round(it);
    for (const pauseMs of [1_000, 2_000, 4_000]) {
      driver.crash("ws_a", "it ran out of memory");
      await round(it);
      expect(last()).toMatchObject({
        state: "failed",
        detail: expect.stringContaining("it ran out of memory") as string,
      });
      await clock.advance(pauseMs - 1);
      await round(it);
      expect(last()?.state).toBe("failed");
      await clock.advance(1);
      await round(it);
      expect(last()?.state).toBe("running");
    }
    await clock.advance(LIMITS.restartQuietMs + 1);
    await round(it);
    driver.crash("ws_a", "it ended with status 1");
    await round(it);
    expect(last()?.state).toBe("running");
  });

  test("invariant 12: the pause has a maximum", async () => {
    const it = reconciler();
    await round(it);
    for (let death = 0; death < 20; death += 1) {
      driver.crash("ws_a", "again");
      await clock.advance(LIMITS.restartBackoffMaxMs);
      await round(it);
      expect(last()?.state).toBe("running");
    }
  });
});

describe("what is not wanted", () => {
  test("is stopped when it shall be, and removed with its home when it shall be gone", async () => {
    const it = reconciler();
    await round(it);
    wishes = [{ ...atlas, wanted: "stopped" }];
    await round(it);
    expect(last()).toMatchObject({ state: "stopped" });
    wishes = [{ ...atlas, wanted: "removed" }];
    await round(it);
    expect(last()).toMatchObject({ state: "removed", containerId: null });
    expect(driver.calls.slice(2)).toEqual(["stop ws_a", "remove ws_a home:delete"]);
  });

  test("does not run when nobody knows it any more, and keeps its home", async () => {
    const it = reconciler();
    await round(it);
    wishes = [];
    await round(it);
    expect(driver.calls.slice(2)).toEqual(["stop ws_a"]);
    expect((await driver.list())[0]).toMatchObject({ running: false });
  });
});

describe("when something else fails", () => {
  test("the database is away: nothing is touched", async () => {
    const it = reconciler();
    await round(it);
    const away = reconciler({ wishes: async () => await Promise.reject(new Error("connection refused")) });
    await expect(away.look()).rejects.toThrow("connection refused");
    expect(driver.calls).toHaveLength(2);
  });

  test("the engine is away: it is said of every workstation that ought to run", async () => {
    const it = reconciler({
      driver: { ...driver, list: async () => await Promise.reject(new Error("connect ENOENT")) },
    });
    await expect(it.look()).rejects.toThrow("connect ENOENT");
    expect(last()).toMatchObject({
      state: "failed",
      detail: expect.stringContaining("connect ENOENT") as string,
    });
  });

  test("the engine refuses one workstation: it is said there with the reason, and others are served", async () => {
    const refusing = {
      ...driver,
      start: async (id: string) =>
        await (id === "ws_a" ? Promise.reject(new Error("no space left")) : driver.start(id)),
    };
    wishes = [atlas, { ...atlas, workstation: "ws_b" }];
    const it = reconciler({ driver: refusing });
    await round(it);
    const about = (id: string): FleetEntry | undefined => told.findLast((entry) => entry.workstation === id);
    expect(about("ws_a")).toMatchObject({
      state: "failed",
      detail: "The container engine said: no space left. It is tried again.",
    });
    expect(about("ws_b")?.state).toBe("running");
    await round(it);
    expect(about("ws_a")?.detail).toContain("no space left");
  });

  test.each([1, 2])(
    "invariant 10: killed after step %i of making a workstation, the next process goes on from what is there",
    async (steps) => {
      await driver.create({ ...atlas, image: "nightgate/workstation:one" });
      if (steps === 2) await driver.start("ws_a");
      await round(reconciler());
      expect((await driver.list()).map((one) => one.running)).toEqual([true]);
      expect(last()?.state).toBe("running");
    },
  );

  test("a slow step is not begun twice", async () => {
    let release: () => void = () => undefined;
    const slow = { ...driver, start: async () => await new Promise<void>((resolve) => (release = resolve)) };
    const it = reconciler({ driver: slow });
    await it.look();
    await it.look();
    await it.look();
    expect(driver.calls).toEqual(["create ws_a nightgate/workstation:one"]);
    release();
    await it.settled();
  });
});
