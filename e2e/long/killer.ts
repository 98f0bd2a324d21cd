/** Kills processes of the product at random, and now and then at a named place, until it is told to stop. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";
import type { Product } from "@nightgate/testkit/product";
import type { Random } from "./random.ts";

/** The gate and the database more often: most depends on them. */
const TARGETS = ["gate", "gate", "postgres", "postgres", "runner", "provisioner", "web"] as const;
const POINTS = {
  gate: [
    "after-keep",
    "after-hold-row",
    "after-decision",
    "before-dispatch",
    "after-dispatch-journal",
    "after-release-before-row",
  ],
  runner: ["after-claim", "after-prompt", "after-events", "after-move"],
} as const;
const PAUSE_MS = { low: 500, high: 3_500 };
/** So many of the kills are left to the process itself, at a named place. */
const AT_POINT_SHARE = 0.3;
const POINT_WAIT_MS_MAX = 8_000;
const LOOK_EVERY_MS = 50;

/** Process, or process and place, to how often it was killed there. */
export type Kills = Record<string, number>;

export async function killUntil(
  product: Product,
  random: Random,
  { killsMax, signal }: { killsMax: number; signal: AbortSignal },
): Promise<Kills> {
  const kills: Kills = {};
  for (let count = 0; count < killsMax && !signal.aborted;) {
    await systemClock.wait(random.between(PAUSE_MS.low, PAUSE_MS.high), signal).catch(String);
    if (signal.aborted) break;
    const target = random.pick(TARGETS);
    const killed =
      (target === "gate" || target === "runner") && random.next() < AT_POINT_SHARE
        ? await atPoint(product, target, random.pick<string>(POINTS[target]))
        : now(product, target);
    if (killed === null) continue;
    kills[killed] = (kills[killed] ?? 0) + 1;
    count += 1;
  }
  return kills;
}

/** Null where it is between two lives. */
function now(product: Product, name: string): string | null {
  try {
    process.kill(product.pidOf(name), "SIGKILL");
    return name;
  } catch {
    return null;
  }
}

/** Null where it did not come by that place in time. */
async function atPoint(product: Product, name: string, point: string): Promise<string | null> {
  const file = join(product.home, name, "fault-once");
  writeFileSync(file, point);
  for (let waited = 0; waited < POINT_WAIT_MS_MAX; waited += LOOK_EVERY_MS) {
    if (!existsSync(file)) return `${name} ${point}`;
    await systemClock.wait(LOOK_EVERY_MS);
  }
  rmSync(file, { force: true });
  return null;
}
