/** Schedules over a real database: each instant fires once, what was missed and what overlaps goes by its rule, and the clock is the runner's own. */
import { newId } from "@nightgate/shared/ids";
import type { JobsInboxMessage } from "@nightgate/shared/jobs-inbox";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { obedient, type RunnerWorld, runnerWorld, until } from "./testing/runner-world.ts";
import type { Play } from "./testing/scripted-agentd.ts";

let world: RunnerWorld;
let play: Play = obedient;
beforeEach(async () => {
  play = obedient;
  world = await runnerWorld(inject("postgres"), async (turn) => await play(turn));
});
afterEach(async () => await world.close());

type Create = Extract<JobsInboxMessage, { kind: "schedule.create" }>;
const schedule = async (
  more: Partial<Create> = {},
): Promise<{ id: string; job: string; message: string }> => {
  const id = newId("schedule");
  const job = newId("job");
  const message = await world.ask({
    kind: "schedule.create",
    schedule: id,
    job,
    name: "Nightly",
    when: { cron: "0 2 * * *", timeZone: "Europe/Berlin" },
    missed: "coalesce",
    overlap: "skip",
    continuity: "fresh",
    successesMax: null,
    person: world.person,
    workstation: world.workstation,
    agent: "claude",
    repository: null,
    repositoryUrl: null,
    prompt: "Tidy up",
    ...more,
  });
  await until(
    async () =>
      (await world.query("SELECT FROM jobs.inbox WHERE id = $1 AND handled_at IS NOT NULL", [message]))
        .length,
    1,
  );
  return { id, job, message };
};
/** As if nobody had looked since then. */
const passed = async (id: string, interval: string): Promise<void> =>
  void (await world.query("UPDATE jobs.schedules SET next_at = now() - $2::interval WHERE id = $1", [
    id,
    interval,
  ]));
const runs = async (job: string): Promise<string[]> =>
  (
    await world.query<{ state: string }>(
      "SELECT state FROM jobs.runs WHERE job_id = $1 ORDER BY created_at",
      [job],
    )
  ).map(({ state }) => state);
const fires = async (id: string): Promise<string[]> =>
  (
    await world.query<{ outcome: string }>(
      "SELECT outcome FROM jobs.fires WHERE schedule_id = $1 ORDER BY due_at",
      [id],
    )
  ).map(({ outcome }) => outcome);
const settled = async (id: string, outcomes: string[]): Promise<void> =>
  await until(async () => await fires(id), outcomes);

test("fires when its time comes, and knows its next time", async () => {
  const { id, job } = await schedule({ when: { cron: "* * * * * *", timeZone: "UTC" } });
  await until(async () => (await runs(job)).filter((state) => state === "succeeded").length >= 2, true);
  const [row] = await world.query<{ ahead: boolean }>(
    "SELECT next_at > now() - interval '2 seconds' AS ahead FROM jobs.schedules WHERE id = $1",
    [id],
  );
  expect(row?.ahead).toBe(true);
});

test("one instant fires once, and never again", async () => {
  const { id, job } = await schedule({ when: { at: Date.now() + 3_600_000, timeZone: "UTC" } });
  await passed(id, "1 second");
  await settled(id, ["run"]);
  await until(async () => await runs(job), ["succeeded"]);
  expect(await world.query("SELECT next_at FROM jobs.schedules WHERE id = $1", [id])).toEqual([
    { next_at: null },
  ]);
});

test("three missed nights become one run", async () => {
  const { id, job } = await schedule();
  await passed(id, "3 days");
  await until(async () => (await fires(id)).filter((outcome) => outcome === "run").length, 1);
  await until(async () => await runs(job), ["succeeded"]);
  expect((await fires(id)).filter((outcome) => outcome === "missed").length).toBeGreaterThanOrEqual(2);
});

test("`missed: all` makes up for each, `missed: none` for none", async () => {
  const all = await schedule({ missed: "all", overlap: "queue" });
  const none = await schedule({ missed: "none" });
  await passed(all.id, "3 days");
  await passed(none.id, "3 days");
  await until(async () => (await runs(all.job)).filter((state) => state === "succeeded").length >= 2, true);
  expect(new Set(await fires(all.id))).toEqual(new Set(["run"]));
  await until(async () => (await fires(none.id)).length >= 2, true);
  expect(new Set(await fires(none.id))).toEqual(new Set(["missed"]));
  expect(await runs(none.job)).toEqual([]);
});

test("what overlaps is skipped, queued, or takes the place of what runs", async () => {
  const doors: (() => void)[] = [];
  play = async (turn) => {
    await new Promise<void>((resolve) => doors.push(resolve));
    return await obedient(turn);
  };
  const skip = await schedule();
  await passed(skip.id, "1 second");
  await until(async () => await runs(skip.job), ["running"]);
  await passed(skip.id, "1 second");
  await settled(skip.id, ["run", "overlap"]);
  const take = await schedule({ overlap: "cancel-running" });
  await passed(take.id, "1 second");
  await until(async () => await runs(take.job), ["running"]);
  await passed(take.id, "1 second");
  await until(async () => await runs(take.job), ["cancelled", "running"]);
  for (const open of doors) open();
  await until(async () => await runs(take.job), ["cancelled", "succeeded"]);
});

test("two runners that look at the same instant fire it once", async () => {
  const { id, job } = await schedule();
  await world.stopRunner();
  await passed(id, "1 second");
  await world.startRunner();
  await settled(id, ["run"]);
  // Whoever looks again with the same instant finds it fired.
  const [fire] = await world.query<{ due_at: Date }>("SELECT due_at FROM jobs.fires WHERE schedule_id = $1", [
    id,
  ]);
  await world.query("UPDATE jobs.schedules SET cron = NULL, next_at = $2 WHERE id = $1", [id, fire?.due_at]);
  await until(
    async () =>
      (await world.query("SELECT FROM jobs.schedules WHERE id = $1 AND next_at IS NULL", [id])).length,
    1,
  );
  expect(await fires(id)).toEqual(["run"]);
  expect((await runs(job)).length).toBe(1);
});

test("a paused or deleted schedule does not fire; one that goes on does not make up for the pause", async () => {
  const { id, job } = await schedule();
  await world.ask({ kind: "schedule.pause", schedule: id, person: world.person, paused: true });
  await until(
    async () => (await world.query("SELECT FROM jobs.schedules WHERE id = $1 AND paused", [id])).length,
    1,
  );
  await passed(id, "3 days");
  await world.ask({ kind: "schedule.pause", schedule: id, person: world.person, paused: false });
  await until(
    async () => (await world.query("SELECT FROM jobs.schedules WHERE NOT paused AND next_at > now()")).length,
    1,
  );
  expect(await runs(job)).toEqual([]);
  await world.ask({ kind: "schedule.delete", schedule: id, person: world.person });
  await until(
    async () => (await world.query("SELECT FROM jobs.schedules WHERE deleted_at IS NOT NULL")).length,
    1,
  );
});

test("a job that has succeeded as often as it was given is paused, with the reason", async () => {
  const { id, job } = await schedule({ successesMax: 2 });
  for (const count of [1, 2]) {
    await world.ask({ kind: "schedule.fire", schedule: id, run: newId("run"), person: world.person });
    await until(async () => (await runs(job)).filter((state) => state === "succeeded").length, count);
  }
  const [row] = await world.query("SELECT paused, pause_reason FROM jobs.schedules WHERE id = $1", [id]);
  expect(row).toMatchObject({
    paused: true,
    pause_reason: expect.stringContaining("succeeded 2 times") as string,
  });
});

test("a schedule that cannot be read, or never fires, is refused with its reason and leaves no job behind", async () => {
  const { message, job } = await schedule({ when: { cron: "0 0 31 2 *", timeZone: "UTC" } });
  const [row] = await world.query<{ error: string }>("SELECT error FROM jobs.inbox WHERE id = $1", [message]);
  expect(row?.error).toContain("never fires");
  expect(await world.query("SELECT FROM jobs.jobs WHERE id = $1", [job])).toEqual([]);
});
