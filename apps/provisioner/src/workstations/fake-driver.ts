/** A driver that keeps workstations in memory, for tests of what is above it. It passes the same conformance suite as the real one. */
import { containerSpec } from "./container-spec.ts";
import type { SeenWorkstation, WorkstationDriver, WorkstationWish } from "./driver.ts";

export interface FakeDriver extends WorkstationDriver {
  /** The workstation ends by itself, as when agentd dies. */
  crash(workstation: string, ending: string): void;
  /** What was asked of it, in order. */
  readonly calls: string[];
}

/** An empty fleet. `now` stamps the starts. */
export function fakeDriver(now: () => number = Date.now): FakeDriver {
  const fleet = new Map<string, SeenWorkstation>();
  const calls: string[] = [];
  const change = (workstation: string, changes: Partial<SeenWorkstation>): void => {
    const there = fleet.get(workstation);
    if (there !== undefined) fleet.set(workstation, { ...there, ...changes });
  };
  return {
    calls,
    crash: (workstation, ending) => change(workstation, { running: false, ending }),
    list: async () => await Promise.resolve([...fleet.values()]),
    create: async (wish) => {
      calls.push(`create ${wish.workstation} ${wish.image}`);
      const made = fleet.get(wish.workstation) ?? newWorkstation(wish);
      fleet.set(wish.workstation, made);
      return await Promise.resolve(made);
    },
    start: async (workstation) => {
      calls.push(`start ${workstation}`);
      if (fleet.get(workstation)?.running === false)
        change(workstation, { running: true, startedAt: new Date(now()), ending: null });
      await Promise.resolve();
    },
    stop: async (workstation) => {
      calls.push(`stop ${workstation}`);
      if (fleet.get(workstation)?.running === true)
        change(workstation, { running: false, ending: "it ended with status 143" });
      await Promise.resolve();
    },
    remove: async (workstation, { home }) => {
      calls.push(`remove ${workstation} home:${home}`);
      fleet.delete(workstation);
      await Promise.resolve();
    },
  };
}

function newWorkstation(wish: WorkstationWish): SeenWorkstation {
  // The same refusals as the real one.
  containerSpec(wish, {
    installation: "fake",
    gateFolder: "/gate",
    runnerFolder: "/runner",
    seccompProfile: "{}",
  });
  const { organization, workstation, image } = wish;
  return {
    organization,
    workstation,
    image,
    containerId: `fake-${workstation}`,
    running: false,
    startedAt: null,
    ending: null,
  };
}
