/** The night over a real database and a workstation's real socket: budgets, the window, the stall ladder. */
import { afterEach, describe, expect, inject, test } from "vitest";
import { type People, peopleOf } from "./testing/people.ts";
import { obedient, type RunnerWorld, runnerWorld, until } from "./testing/runner-world.ts";
import type { Play } from "./testing/scripted-agentd.ts";

let world: RunnerWorld;
let people: People;
afterEach(async () => await world.close());

const start = async (play: Play = obedient): Promise<void> => {
  world = await runnerWorld(inject("postgres"), play);
  people = peopleOf(world);
};

describe("money and hours", () => {
  const costly: Play = async (turn) => {
    if (turn.text !== "Think hard") return await obedient(turn);
    await world.query(
      `INSERT INTO gate.model_calls (organization_id, workstation_id, run_id, resource_id, model, status, input_tokens, output_tokens)
       VALUES ($1, $2, $3, 'res_model', 'claude-sonnet-4-5', 200, 1000000, 100000)`,
      [world.organization, world.workstation, turn.run],
    );
    await world.query("UPDATE jobs.runs SET progress = 'spent' WHERE id = $1", [turn.run]);
    await turn.interrupted;
    return { stopReason: "cancelled" };
  };

  test("over its budget a run is interrupted, parked and its people asked; an answer extends it", async () => {
    await start(costly);
    const { run } = await world.createJob("Think hard", { budget: { dollars: 2 } });
    await world.until(run, "awaiting_input");
    const question = await people.openQuestion();
    expect(question).toMatchObject({ purpose: "budget", choices: ["Extend by $1.00", "Stop it"] });
    expect(question.text).toContain("$4.50 of $2.00");
    await people.answer(question.id, "Extend by $10");
    await world.until(run, "succeeded");
    expect(world.agentd.told(run)[1]).toContain("Ada has extended what this task may use");
    const other = await world.createJob("Think hard", { budget: { dollars: 2 } });
    await world.until(other.run, "awaiting_input");
    await people.answer((await people.openQuestion()).id, "Stop it");
    await world.until(other.run, "cancelled");
  });

  test("a night over its budget lets nothing begin and asks once; an answer extends that night alone", async () => {
    await start(costly);
    expect(await people.verb("night_set", { timezone: "UTC", budget_dollars: 3 })).toMatchObject({
      ok: true,
    });
    const { run } = await world.createJob("Think hard");
    await world.until(run, "queued");
    const question = await people.openQuestion();
    expect(question).toMatchObject({ purpose: "night", choices: ["Extend by $2.00", "No"] });
    const second = await world.createJob("Wait");
    await world.until(second.run, "queued");
    await people.answer(question.id, "20");
    await world.until(run, "succeeded");
    await world.until(second.run, "succeeded");
    expect(await people.messages()).toHaveLength(1);
    expect(await people.verb("night_show", {})).toMatchObject({
      result: { state: "open", limit_dollars: 23, spent_dollars: 4.5 },
    });
  });

  test("outside of the window nothing begins, but for what may at any time; only owners and admins set it", async () => {
    await start();
    const clock = (hours: number): string =>
      new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    const window = { timezone: "UTC", starts: clock(2), ends: clock(4) };
    expect(await people.verb("night_set", window, "member")).toMatchObject({
      ok: false,
      problem: { code: "role.refused" },
    });
    expect(await people.verb("night_set", { ...window, timezone: "Mars/Base" })).toMatchObject({
      problem: { code: "night.invalid" },
    });
    expect(await people.verb("night_set", window)).toMatchObject({ ok: true });
    const { job, run } = await world.createJob("By night");
    const other = await world.createJob("Now", { anyTime: true });
    await world.until(other.run, "succeeded");
    expect(await world.state(run)).toBe("queued");
    const status = await people.verb("job_status", { job });
    expect(status).toMatchObject({
      result: { state: "queued", waits: expect.stringContaining(`at ${window.starts} UTC`) as string },
    });
    expect(await people.verb("night_show", {})).toMatchObject({ result: { state: "closed" } });
    await people.verb("night_set", { ...window, starts: clock(-2) });
    await world.until(run, "succeeded");
  });
});

test("the stall ladder is climbed rung by rung, and a person has the last word", async () => {
  // Nothing moves this agent: not words, not an interrupt; only its end.
  await start(
    async (turn) =>
      await (turn.text.includes("asks you to try again") ? obedient(turn) : new Promise(() => undefined)),
  );
  const { run } = await world.createJob("Get stuck");
  const rungs = async (): Promise<string[]> =>
    (await world.query<{ id: string }>("SELECT id FROM jobs.marks WHERE kind = 'stall' ORDER BY at, id")).map(
      ({ id }) => id,
    );
  const hourPasses = async (): Promise<void> => {
    for (const [table, column] of [
      ["marks", "at"],
      ["prompts", "created_at"],
      ["events", "at"],
      ["runs", "work_since"],
    ])
      await world.query(
        `UPDATE jobs.${table} SET ${column} = ${column} - interval '1 hour' WHERE ${table === "runs" ? "id" : "run_id"} = $1`,
        [run],
      );
  };
  const begun = async (): Promise<[string, number]> => [
    await world.state(run),
    Number(
      (
        await world.query<{ count: string }>(
          "SELECT count(*) FROM jobs.events WHERE run_id = $1 AND body ->> 'kind' = 'prompt'",
          [run],
        )
      )[0]?.count,
    ),
  ];
  const climbed = ["stall-1-nudge", "stall-2-interrupt", "stall-3-resume", "stall-4-fresh", "stall-5-ask"];
  // The turns that have begun before each rung: a resumed session has one of its own, and so has a fresh one.
  for (const [index, turns] of [1, 1, 1, 2, 3].entries()) {
    await until(begun, ["running", turns]);
    await hourPasses();
    await until(rungs, climbed.slice(0, index + 1));
  }
  await world.until(run, "awaiting_input");
  const question = await people.openQuestion();
  expect(question).toMatchObject({ purpose: "stalled", choices: ["Try again", "Stop it"] });
  const told = world.agentd.told(run);
  expect(told).toEqual([
    "Get stuck",
    expect.stringContaining("Your process was ended because nothing new came of your turn"),
    expect.stringContaining("You take over a task on which another session stood still"),
  ]);
  expect(told.at(-1)).toContain("Get stuck");
  await people.answer(question.id, "Try again");
  await world.until(run, "succeeded");
  const [{ session } = { session: "" }] = await world.query<{ session: string }>(
    "SELECT session FROM jobs.runs WHERE id = $1",
    [run],
  );
  expect(session).toBe(`session-${run}-fresh`);
});

test("a schedule that has succeeded often enough asks whether it goes on, once", async () => {
  await start();
  const { job, run } = await world.createJob("Sweep");
  await world.until(run, "succeeded");
  await world.query(
    `INSERT INTO jobs.schedules (organization_id, id, job_id, name, cron, time_zone, successes_max, created_by, next_at)
     VALUES ($1, 'sch_0123456789ab', $2, 'Nightly', '@yearly', 'UTC', 1, $3, now() + interval '1 year')`,
    [world.organization, job, world.person],
  );
  await world.ask({
    kind: "schedule.fire",
    schedule: "sch_0123456789ab",
    run: "run_0123456789ab",
    person: world.person,
  });
  await world.until("run_0123456789ab", "succeeded");
  const question = await people.openQuestion();
  expect(question).toMatchObject({ purpose: "repeats", choices: ["Go on", "No"] });
  const paused = async (): Promise<unknown> => (await world.query("SELECT paused FROM jobs.schedules"))[0];
  expect(await paused()).toEqual({ paused: true });
  await people.answer(question.id, "Go on");
  await until(paused, { paused: false });
});
