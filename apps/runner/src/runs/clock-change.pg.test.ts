/** What becomes of schedules when the host's clock is put on or back: none is lost, none fires an instant twice, none takes for ever. */
import { newId } from "@nightgate/shared/ids";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { createScheduleStore } from "../store/schedule-store.ts";
import { type HandlerWorld, handlerWorld, type Tenant } from "../testing/handler-world.ts";
import { Ticker } from "./ticker.ts";

const [MINUTE, DAY] = [60_000, 24 * 60 * 60_000];
const TONIGHT = Date.parse("2026-11-21T22:00:00Z");

let world: HandlerWorld;
let tenant: Tenant;
let now: number;
beforeAll(async () => {
  world = await handlerWorld(inject("postgres"));
});
afterAll(async () => await world.close());
beforeEach(async () => {
  tenant = await world.found();
  now = TONIGHT;
});

/** As the runner that starts now has it; its alarms never ring, the tests look by themselves. */
const startTicker = (): Ticker =>
  new Ticker({
    schedules: createScheduleStore({
      asOrganization: async (whose, work) => await world.inside(whose, work),
    }),
    look: async () => await Promise.resolve(),
    clock: { now: () => now, wait: async () => await new Promise<void>(() => undefined) },
    log: pino({ level: "silent" }),
    signal: new AbortController().signal,
  });
/** As the runner's sweep does it. */
const sweep = async (ticker: Ticker): Promise<void> => {
  ticker.clockWentBack();
  await ticker.attend(tenant.organization);
};

async function schedule(cron: string, nextAt: number, missed = "coalesce"): Promise<string> {
  const id = newId("schedule");
  await world.query(
    `INSERT INTO jobs.schedules (organization_id, id, job_id, name, cron, time_zone, next_at, missed, overlap, created_by, created_at)
     SELECT organization_id, $2, job_id, 'Bench', $3, 'UTC', $4, $5, 'queue', 'per_x', $6 FROM jobs.runs WHERE id = $1`,
    [tenant.agent.run, id, cron, new Date(nextAt), missed, new Date(now - DAY)],
  );
  return id;
}

const fired = async (id: string): Promise<string[]> =>
  (
    await world.query<{ due_at: Date }>(
      "SELECT due_at FROM jobs.fires WHERE schedule_id = $1 AND outcome = 'run' ORDER BY due_at",
      [id],
    )
  ).map(({ due_at: at }) => at.toISOString());
const nextAt = async (id: string): Promise<string | undefined> =>
  (
    await world.query<{ next_at: Date | null }>("SELECT next_at FROM jobs.schedules WHERE id = $1", [id])
  )[0]?.next_at?.toISOString();

test("a clock that was a year ahead and is put right: the night's task fires tonight, and not in a year", async () => {
  const id = await schedule("0 2 * * *", Date.parse("2026-11-22T02:00:00Z"));
  const ticker = startTicker();
  await sweep(ticker);
  now += 365 * DAY;
  await sweep(ticker);
  expect(await fired(id)).toEqual(["2027-11-21T02:00:00.000Z"]);
  expect(await nextAt(id)).toBe("2027-11-22T02:00:00.000Z");
  now = TONIGHT + MINUTE;
  await sweep(ticker);
  expect(await nextAt(id)).toBe("2026-11-22T02:00:00.000Z");
  now = Date.parse("2026-11-22T02:00:00Z");
  await sweep(ticker);
  expect(await fired(id)).toEqual(["2026-11-22T02:00:00.000Z", "2027-11-21T02:00:00.000Z"]);
});

test("the same where the clock was put right while the runner was down", async () => {
  const id = await schedule("0 2 * * *", Date.parse("2026-11-22T02:00:00Z"));
  now += 30 * DAY;
  await sweep(startTicker());
  for (now = TONIGHT; now < TONIGHT + 3 * DAY; now += DAY / 6) await sweep(startTicker());
  // What has run while the clock was ahead is the newest of them.
  expect(await fired(id)).toEqual([
    "2026-11-22T02:00:00.000Z",
    "2026-11-23T02:00:00.000Z",
    "2026-11-24T02:00:00.000Z",
    "2026-12-21T02:00:00.000Z",
  ]);
});

test("put back by half an hour, no instant fires twice, and the first new one fires", async () => {
  const id = await schedule("*/10 * * * *", TONIGHT);
  const ticker = startTicker();
  for (; now <= TONIGHT + 30 * MINUTE; now += 10 * MINUTE) await sweep(ticker);
  const before = await fired(id);
  expect(before).toHaveLength(4);
  for (now = TONIGHT + 1; now < TONIGHT + 40 * MINUTE; now += 5 * MINUTE) await sweep(ticker);
  expect(await fired(id)).toEqual(before);
  now = TONIGHT + 40 * MINUTE;
  await sweep(ticker);
  expect(await fired(id)).toEqual([...before, new Date(now).toISOString()]);
});

test("put on by a year, what fires every second fires once and writes down only the newest that it missed", async () => {
  const id = await schedule("* * * * * *", TONIGHT + 1_000);
  const ticker = startTicker();
  now += 365 * DAY;
  await sweep(ticker);
  expect(await fired(id)).toEqual([new Date(now).toISOString()]);
  const [row] = await world.query<{ missed: number }>(
    "SELECT count(*)::int AS missed FROM jobs.fires WHERE schedule_id = $1 AND outcome = 'missed'",
    [id],
  );
  expect(row?.missed).toBe(100);
});

test("one that cannot be fired keeps no other one back", async () => {
  const broken = await schedule("0 2 * * *", TONIGHT - 2_000);
  const well = await schedule("0 3 * * *", TONIGHT - 1_000);
  await world.query("UPDATE jobs.schedules SET time_zone = 'Mars/Olympus' WHERE id = $1", [broken]);
  await sweep(startTicker());
  expect(await fired(well)).toHaveLength(1);
  expect(await fired(broken)).toEqual([]);
});
