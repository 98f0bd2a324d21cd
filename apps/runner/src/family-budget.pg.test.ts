/** A run and all that it causes have one budget: attacked with many at once, and shared by those that are promised nothing. */
import { afterEach, expect, inject, test } from "vitest";
import { type People, peopleOf } from "./testing/people.ts";
import { obedient, type RunnerWorld, runnerWorld, until } from "./testing/runner-world.ts";
import type { Play } from "./testing/scripted-agentd.ts";

let world: RunnerWorld;
let people: People;
afterEach(async () => await world.close());

/** Costs $3 for a million tokens. */
async function spend(run: string, dollars: number): Promise<void> {
  await world.query(
    `INSERT INTO gate.model_calls (organization_id, workstation_id, run_id, resource_id, model, status, input_tokens)
     VALUES ($1, $2, $3, 'res_model', 'claude-sonnet-4-5', 200, $4)`,
    [world.organization, world.workstation, run, Math.round((dollars * 1_000_000) / 3)],
  );
  // Something has happened to all that may draw on the same.
  await world.query("UPDATE jobs.runs SET progress = 'spent'");
}

const hanging: Play = async (turn) => {
  if (!turn.text.startsWith("Hang")) return await obedient(turn);
  await turn.interrupted;
  return { stopReason: "cancelled" };
};

async function start(dollars: number): Promise<string> {
  world = await runnerWorld(inject("postgres"), hanging);
  people = peopleOf(world);
  const { run } = await world.createJob("Hang", { budget: { dollars } });
  await until(() => world.agentd.told(run).length, 1);
  return run;
}

interface Answer {
  ok: boolean;
  result?: { job: string; run: string };
  problem?: { code: string; detail?: string };
}
async function child(parent: string, args: Record<string, unknown>): Promise<Answer> {
  return (await world.agentd.ask("job_create", { prompt: "Hang on", ...args }, { run: parent })) as Answer;
}
const budgets = async (): Promise<(number | null)[]> =>
  (
    await world.query<{ dollars: number | null }>(
      "SELECT r.budget_dollars AS dollars FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id WHERE j.parent_run_id IS NOT NULL ORDER BY 1",
    )
  ).map(({ dollars }) => dollars);

test("invariant 12: twenty at once that ask for their own are promised what there is, once; the others draw on what is left", async () => {
  const parent = await start(10);
  await spend(parent, 0.6);
  // Between looking and writing passes time enough for all the others.
  await world.query(
    "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.03); RETURN NEW; END $$",
  );
  await world.query("CREATE TRIGGER slow BEFORE INSERT ON jobs.runs FOR EACH ROW EXECUTE FUNCTION slow()");
  const made = await Promise.all(
    Array.from({ length: 20 }, async () => await child(parent, { budget_dollars: 3 })),
  );
  expect(made.filter(({ ok }) => ok)).toHaveLength(20);
  const given = await budgets();
  expect(given.filter((dollars) => dollars === 3)).toHaveLength(3);
  expect(given.filter((dollars) => dollars === null)).toHaveLength(17);
  // One that ends gives back what it has not used, and a retry of it is promised no more than that.
  const [first] = await world.query<{ id: string; job_id: string }>(
    "SELECT id, job_id FROM jobs.runs WHERE budget_dollars = 3 ORDER BY queued_at, id LIMIT 1",
  );
  await people.verb("job_cancel", { job: first?.job_id });
  await world.until(first?.id ?? "", "cancelled");
  expect(await child(parent, { budget_dollars: 3 })).toMatchObject({ ok: true });
  expect((await budgets()).filter((dollars) => dollars === 3)).toHaveLength(4);
  expect(await people.verb("job_retry", { job: first?.job_id })).toMatchObject({ ok: true });
  expect((await budgets()).filter((dollars) => dollars === 3)).toHaveLength(4);
});

test("those that share a budget are parked with it, and one answer lets all of them go on", async () => {
  const parent = await start(2);
  const run = (await child(parent, {})).result?.run ?? "";
  // What a child causes draws on the same.
  const grandchild = (await child(run, { budget_dollars: 1 })).result?.run ?? "";
  await until(() => world.agentd.told(grandchild).length, 1);
  await spend(run, 1.5);
  // 1.5 is spent and 0.5 left: the grandchild's dollar was promised before.
  for (const each of [parent, run]) await world.until(each, "awaiting_input");
  expect(await child(parent, {})).toMatchObject({ ok: false, problem: { code: "input.invalid" } });
  expect(await world.state(grandchild)).toBe("running");
  const questions = (await people.messages()) as { id: string; text: string }[];
  expect(questions).toHaveLength(2);
  expect(questions.map(({ text }) => text).toSorted()[1]).toContain("$2.50 of $2.00, $1.00 of it promised");
  await people.answer(questions[0]?.id ?? "", "Extend by $5");
  for (const each of [parent, run]) await world.until(each, "succeeded");
  expect(
    await world.query("SELECT budget_dollars AS dollars FROM jobs.runs WHERE id = $1", [parent]),
  ).toEqual([{ dollars: 7 }]);
});
