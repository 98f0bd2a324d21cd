/** What every driver must do, as tests: the real one and the fake pass the same ones, so that the fake cannot lie. */
import { Problem } from "@nightgate/shared/problems";
import { afterEach, describe, expect, test } from "vitest";
import type { SeenWorkstation, WorkstationDriver, WorkstationWish } from "./driver.ts";

export interface DriverUnderTest {
  driver: WorkstationDriver;
  /** An image that the driver can start. */
  image: string;
  /** Makes the workstation end by itself. */
  crash: (seen: SeenWorkstation) => Promise<void>;
}

/** A driver whose workstations really run can also be looked at from inside. */
export interface RealDriverUnderTest extends DriverUnderTest {
  /** Runs a command as root inside and gives what it printed. */
  inside: (seen: SeenWorkstation, command: string[]) => Promise<string>;
}

const MEMORY_BYTES = 512 * 1024 * 1024;
let counter = 0;

interface Scene<Under extends DriverUnderTest> {
  /** A wish of this test alone; its workstation is taken away afterwards. */
  begin: () => Promise<Under & { wish: WorkstationWish; seen: () => Promise<SeenWorkstation | undefined> }>;
}

function scene<Under extends DriverUnderTest>(make: () => Promise<Under>): Scene<Under> {
  const made: { driver: WorkstationDriver; workstation: string }[] = [];
  afterEach(async () => {
    for (const { driver, workstation } of made.splice(0))
      await driver.remove(workstation, { home: "delete" });
  });
  return {
    begin: async () => {
      const under = await make();
      counter += 1;
      const workstation = `ws_conformance${process.pid}x${counter}`;
      made.push({ driver: under.driver, workstation });
      const limits = { cpus: 1, memoryBytes: MEMORY_BYTES, pids: 200 };
      const wish = { organization: "org_a", workstation, name: "atlas", image: under.image, ...limits };
      const seen = async (): Promise<SeenWorkstation | undefined> =>
        (await under.driver.list()).find((one) => one.workstation === workstation);
      return { ...under, wish, seen };
    },
  };
}

/** The suite for any driver, run against what `make` gives. */
export function workstationDriverConformance(name: string, make: () => Promise<DriverUnderTest>): void {
  describe(`${name} workstation driver`, () => {
    const { begin } = scene(make);

    test("makes it stopped, then starts it", async () => {
      const { driver, wish, seen } = await begin();
      const { organization, workstation, image } = wish;
      const made = await driver.create(wish);
      expect(made).toMatchObject({ organization, workstation, image, running: false });
      expect(made).toMatchObject({ startedAt: null, ending: null });
      await driver.start(workstation);
      const running = await seen();
      expect(running).toMatchObject({ organization, workstation, image, running: true, ending: null });
      expect(running?.startedAt).toBeInstanceOf(Date);
    });

    test("does each verb twice without harm", async () => {
      const { driver, wish, seen } = await begin();
      const first = await driver.create(wish);
      expect((await driver.create(wish)).containerId).toBe(first.containerId);
      await driver.start(wish.workstation);
      await driver.start(wish.workstation);
      expect(await seen()).toMatchObject({ running: true });
      await driver.stop(wish.workstation);
      await driver.stop(wish.workstation);
      expect(await seen()).toMatchObject({ running: false });
      await driver.remove(wish.workstation, { home: "keep" });
      await driver.remove(wish.workstation, { home: "delete" });
      await driver.remove(wish.workstation, { home: "delete" });
      expect(await seen()).toBeUndefined();
    });

    test("tells that it ended by itself, and starts it again", async () => {
      const { driver, wish, seen, crash } = await begin();
      const there = await driver.create(wish);
      await driver.start(wish.workstation);
      await crash(there);
      const dead = await seen();
      expect(dead?.running).toBe(false);
      expect(dead?.ending).toBeTruthy();
      await driver.start(wish.workstation);
      expect(await seen()).toMatchObject({ running: true, ending: null });
    });

    test.each([
      { cpus: 0 },
      { cpus: Number.NaN },
      { memoryBytes: 1024 },
      { memoryBytes: 2 ** 60 },
      { pids: -1 },
    ])("invariant 12: refuses limits outside of the range (%o)", async (wrong) => {
      const { driver, wish, seen } = await begin();
      await expect(driver.create({ ...wish, ...wrong })).rejects.toThrow(Problem);
      expect(await seen()).toBeUndefined();
    });
  });
}

/** What can only be asked of workstations that really run. */
export function runningWorkstationConformance(name: string, make: () => Promise<RealDriverUnderTest>): void {
  describe(`${name} workstation, from inside`, () => {
    const { begin } = scene(make);

    test("keeps its home from one container to the next, and loses it when told", async () => {
      const { driver, wish, inside } = await begin();
      const script = "cat /home/agent/kept 2>/dev/null || (echo first > /home/agent/kept; echo nothing)";
      const read = async (): Promise<string> => {
        const there = await driver.create(wish);
        await driver.start(wish.workstation);
        return (await inside(there, ["sh", "-c", script])).trim();
      };
      expect(await read()).toBe("nothing");
      await driver.remove(wish.workstation, { home: "keep" });
      expect(await read()).toBe("first");
      await driver.remove(wish.workstation, { home: "delete" });
      expect(await read()).toBe("nothing");
    });

    test("invariant 1: a workstation has no interface but loopback", async () => {
      const { driver, wish, inside } = await begin();
      const there = await driver.create(wish);
      await driver.start(wish.workstation);
      const interfaces = await inside(there, ["ls", "/sys/class/net"]);
      const routes = await inside(there, ["ip", "route", "show", "table", "all"]);
      expect(interfaces.trim()).toBe("lo");
      expect(routes.split("\n").filter((line) => line !== "" && !line.includes("dev lo"))).toEqual([]);
    });
  });
}
