/**
 * Makes what is there into what is wanted, one step per workstation at a time. It keeps nothing that matters in memory:
 * after a kill at any point the next round looks at the engine and goes on from what it finds.
 */
import type { Clock } from "@nightgate/shared/clock";
import { noFaults } from "@nightgate/shared/fault-points";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";
import type { SeenWorkstation, WorkstationDriver, WorkstationWish } from "./driver.ts";
import type { ProvisionerFaults } from "./fault-points.ts";

export type Wanted = "running" | "stopped" | "removed";

/** A workstation as a person wants it. The image is not theirs to choose. */
export interface Wish extends Omit<WorkstationWish, "image"> {
  wanted: Wanted;
}

export type FleetState = "waiting" | "creating" | "running" | "stopped" | "failed" | "removed";

/** What web shows about a workstation. */
export interface FleetEntry {
  organization: string;
  workstation: string;
  state: FleetState;
  containerId: string | null;
  image: string | null;
  /** One sentence: what it waits for, or what went wrong and what happens next. */
  detail: string;
  startedAt: Date | null;
}

export interface ReconcilerPorts {
  driver: WorkstationDriver;
  /** Every wish of every organization. */
  wishes: () => Promise<Wish[]>;
  /** Tells the others; the same entry twice is written once. */
  tell: (entry: FleetEntry) => Promise<void>;
  /** The image that new workstations get, or why there is none yet. */
  image: () => { reference: string } | { missing: string };
  /** Which of "the gate" and "the runner" does not offer its socket for this workstation yet. */
  missingSockets: (workstation: string) => string[];
  clock: Clock;
  /** None unless given. */
  faults?: ProvisionerFaults;
  log: { info: (fields: object, message: string) => void; error: (fields: object, message: string) => void };
}

export interface Reconciler {
  /** Looks at everything once and begins one step for each workstation that needs one. Resolves when all is begun, with the time after which to look again at the latest. */
  look: () => Promise<{ againMs: number }>;
  /** Resolves when no step is under way. */
  settled(): Promise<void>;
}

interface Memory {
  /** Starts that ended too soon, in a row. */
  failures: number;
  notBefore: number;
  waitingSince: number | null;
  /** What the last failed step said; null after one that worked. */
  trouble: string | null;
}

const nothingYet = (): Memory => ({ failures: 0, notBefore: 0, waitingSince: null, trouble: null });

/** A reconciler over these ports. */
export function createReconciler(ports: ReconcilerPorts): Reconciler {
  const memories = new Map<string, Memory>();
  const underWay = new Map<string, Promise<void>>();
  const begin = (workstation: string, step: () => Promise<void>): void => {
    if (underWay.has(workstation)) return;
    const done = step().finally(() => underWay.delete(workstation));
    underWay.set(workstation, done);
  };
  return {
    look: async () => {
      const wishes = await ports.wishes();
      const seen = await listOrTell(wishes, ports);
      for (const wish of wishes) {
        const memory = memories.get(wish.workstation) ?? nothingYet();
        memories.set(wish.workstation, memory);
        const there = seen.find((one) => one.workstation === wish.workstation) ?? null;
        begin(wish.workstation, async () => await oneStep(wish, there, memory, ports));
      }
      const wished = new Set(wishes.map((wish) => wish.workstation));
      for (const stray of seen.filter((one) => one.running && !wished.has(one.workstation))) {
        // Nobody wants it: it must not run. Its home stays, in case the wish was lost and comes back.
        begin(stray.workstation, async () => await stopStray(stray, ports));
      }
      const waiting = [...memories.values()].some(
        (memory) =>
          memory.waitingSince !== null && ports.clock.now() - memory.waitingSince < LIMITS.socketWaitMs,
      );
      return { againMs: waiting ? LIMITS.socketPollMs : LIMITS.sweepMs };
    },
    settled: async () => {
      await Promise.all(underWay.values());
    },
  };
}

/** An engine that is away is news about every workstation that ought to run. */
async function listOrTell(
  wishes: readonly Wish[],
  { driver, tell }: ReconcilerPorts,
): Promise<SeenWorkstation[]> {
  try {
    return await driver.list();
  } catch (error) {
    const detail = `The container engine does not answer (${error instanceof Error ? error.message.trim() : String(error)}). It is asked again all the time.`;
    for (const wish of wishes) if (wish.wanted === "running") await tell(entry(wish, "failed", null, detail));
    throw error;
  }
}

async function oneStep(
  wish: Wish,
  seen: SeenWorkstation | null,
  memory: Memory,
  ports: ReconcilerPorts,
): Promise<void> {
  const fail = async (trouble: string): Promise<void> => {
    memory.trouble = trouble;
    await ports.tell(entry(wish, "failed", seen, `${trouble} It is tried again.`));
  };
  await guarded(wish, ports.log, fail, async () => {
    switch (wish.wanted) {
      case "removed":
        return await remove(wish, seen, ports);
      case "stopped":
        Object.assign(memory, nothingYet());
        if (seen?.running === true) await ports.driver.stop(wish.workstation);
        return await ports.tell(entry(wish, "stopped", seen, ""));
      case "running":
        return await keepRunning(wish, seen, memory, ports);
      default:
        return wish.wanted satisfies never;
    }
  });
}

async function stopStray(stray: SeenWorkstation, { driver, tell, log }: ReconcilerPorts): Promise<void> {
  const fail = async (why: string): Promise<void> => await tell(entry(stray, "failed", stray, why));
  await guarded(stray, log, fail, async () => await driver.stop(stray.workstation));
}

async function remove(
  wish: Wish,
  seen: SeenWorkstation | null,
  { driver, tell }: ReconcilerPorts,
): Promise<void> {
  if (seen !== null) await driver.remove(wish.workstation, { home: "delete" });
  await tell(entry(wish, "removed", null, ""));
}

async function keepRunning(
  wish: Wish,
  seen: SeenWorkstation | null,
  memory: Memory,
  ports: ReconcilerPorts,
): Promise<void> {
  const now = ports.clock.now();
  if (seen?.running === true) {
    memory.waitingSince = null;
    const quiet = seen.startedAt !== null && now - seen.startedAt.getTime() > LIMITS.restartQuietMs;
    if (quiet) Object.assign(memory, nothingYet());
    return await ports.tell(entry(wish, "running", seen, newerImage(seen, ports)));
  }
  const obstacle = whatIsMissing(wish, memory, ports);
  if (obstacle !== null) return await ports.tell(entry(wish, "waiting", seen, obstacle));
  if (memory.notBefore > now) {
    const why = memory.trouble ?? `It stopped by itself: ${seen?.ending ?? "it did not start"}.`;
    const seconds = Math.ceil((memory.notBefore - now) / 1000);
    return await ports.tell(entry(wish, "failed", seen, `${why} It is started again within ${seconds} s.`));
  }
  await start(wish, seen, memory, ports);
}

/** What it has to wait for, as a sentence; null when it can start. */
function whatIsMissing(
  wish: Wish,
  memory: Memory,
  { image, missingSockets, clock }: ReconcilerPorts,
): string | null {
  const current = image();
  if ("missing" in current) return current.missing;
  const missing = missingSockets(wish.workstation);
  if (missing.length === 0) {
    memory.waitingSince = null;
    return null;
  }
  memory.waitingSince ??= clock.now();
  const who = missing.join(" and ");
  if (clock.now() - memory.waitingSince < LIMITS.socketWaitMs)
    return `Waiting for ${who} to offer a socket for this workstation.`;
  return `After ${LIMITS.socketWaitMs / 1000} s ${who} did not offer a socket for this workstation: make sure that what is missing runs. It goes on by itself then.`;
}

async function start(
  wish: Wish,
  seen: SeenWorkstation | null,
  memory: Memory,
  ports: ReconcilerPorts,
): Promise<void> {
  const { driver, tell, image, log, clock, faults = noFaults } = ports;
  const current = image();
  if ("missing" in current) return;
  const { reference } = current;
  // Counted before it is tried: whatever comes of it, the next try waits, twice as long each time until a quiet run.
  memory.notBefore =
    clock.now() + Math.min(LIMITS.restartBackoffMs * 2 ** memory.failures, LIMITS.restartBackoffMaxMs);
  memory.failures += 1;
  let there = seen;
  if (there !== null && there.image !== reference) {
    // Only its home is kept from image to image; what apt installed is replayed by agentd.
    await driver.remove(wish.workstation, { home: "keep" });
    there = null;
  }
  await tell(entry(wish, "creating", there, "It is being started."));
  there ??= await driver.create({ ...wish, image: reference });
  faults("before-start");
  await driver.start(wish.workstation);
  faults("after-start");
  memory.trouble = null;
  log.info(
    { workstation: wish.workstation, image: reference, before: seen?.ending },
    "a workstation was started",
  );
  await tell(entry(wish, "running", { ...there, running: true, startedAt: new Date(clock.now()) }, ""));
}

function newerImage(seen: SeenWorkstation, { image }: ReconcilerPorts): string {
  const current = image();
  return "reference" in current && current.reference !== seen.image
    ? "A newer image is ready; it is used from the next start on."
    : "";
}

/** A step that fails says so where people look, and the next round tries again. */
async function guarded(
  of: { workstation: string },
  log: ReconcilerPorts["log"],
  fail: (why: string) => Promise<void>,
  step: () => Promise<void>,
): Promise<void> {
  try {
    await step();
  } catch (error) {
    log.error({ workstation: of.workstation, error }, "a step failed");
    // When even this cannot be written the database is away, and the next round says it all again.
    await fail(sentence(error)).catch((lost: unknown) =>
      log.error({ error: lost }, "a state was not written"),
    );
  }
}

function sentence(error: unknown): string {
  if (error instanceof Problem) return error.message;
  return `The container engine said: ${error instanceof Error ? error.message.trim() : String(error)}.`;
}

function entry(
  of: { organization: string; workstation: string },
  state: FleetState,
  seen: SeenWorkstation | null,
  detail: string,
): FleetEntry {
  return {
    organization: of.organization,
    workstation: of.workstation,
    state,
    containerId: seen?.containerId ?? null,
    image: seen?.image ?? null,
    detail,
    startedAt: state === "running" ? (seen?.startedAt ?? null) : null,
  };
}
