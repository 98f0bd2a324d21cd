/** A runner that is ended at points that nobody has chosen, with its database and its workstation's connection: no run is lost, and nothing is said twice. */
import { afterEach, expect, inject, test } from "vitest";
import { peopleOf } from "./testing/people.ts";
import { obedient, type RunnerWorld, runnerWorld, until } from "./testing/runner-world.ts";

let world: RunnerWorld;
afterEach(async () => await world.close());

/** The same sequence at each run of the test. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * sides);
  };
}

test("invariant 10: ended and cut off again and again, the runner loses no run, no answer, and repeats none", async () => {
  world = await runnerWorld(inject("postgres"), async (turn) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (turn.text.startsWith("Ask")) {
      turn.say({ kind: "agent.message", text: "Shall I?" });
      return { stopReason: "end_turn" };
    }
    return await obedient(turn);
  });
  const people = peopleOf(world);
  const runs: string[] = [];
  for (let count = 0; count < 9; count += 1)
    runs.push((await world.createJob(count % 3 === 0 ? `Ask ${count}` : `Do ${count}`)).run);
  const roll = dice(7);
  for (let kill = 0; kill < 6; kill += 1) {
    await new Promise((resolve) => setTimeout(resolve, roll(120)));
    const how = roll(3);
    if (how === 0) world.agentd.disconnect();
    else if (how === 1)
      await world.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'nightgate_runner' AND datname = current_database()",
      );
    else {
      await world.stopRunner();
      await world.startRunner();
    }
  }
  const asked = async (): Promise<string[]> =>
    (await people.messages()).filter(({ answer }) => answer === null).map(({ id }) => id);
  await until(async () => (await people.messages()).length, 3);
  for (const id of await asked()) expect(await people.answer(id, "Yes")).toBeNull();
  for (const run of runs) await world.until(run, "succeeded");
  const repeated = await world.query(
    "SELECT run_id, body ->> 'prompt' AS prompt FROM jobs.events WHERE body ->> 'kind' = 'prompt' GROUP BY 1, 2 HAVING count(*) > 1",
  );
  expect(repeated).toEqual([]);
  expect(runs.map((run) => world.agentd.told(run).length)).toEqual(
    runs.map((_, index) => (index % 3 === 0 ? 2 : 1)),
  );
});
