/** Locks by their verbs: who has them, also while they wait, and what an admin's release changes. */
import { afterEach, expect, inject, test } from "vitest";
import { peopleOf } from "../testing/people.ts";
import { obedient, type RunnerWorld, runnerWorld } from "../testing/runner-world.ts";

let world: RunnerWorld;
afterEach(async () => await world.close());

interface Locks {
  result: { locks: { key: string; held_by: string[]; waiting: number }[] };
}

test("a lock that a waiting task keeps is seen, and released by an admin alone: then others begin beside it", async () => {
  world = await runnerWorld(inject("postgres"), async (turn) => {
    if (turn.text === "Push") await world.hold(turn.run);
    return await obedient(turn);
  });
  const people = peopleOf(world);
  const make = async (prompt: string): Promise<string> => {
    const locks = [{ name: "gpu", scope: "organization" }];
    const made = await people.verb("job_create", {
      workstation: world.workstation,
      prompt,
      locks,
      keep_locks: true,
    });
    return (made as { result: { run: string } }).result.run;
  };
  const gpu = async (): Promise<unknown> =>
    ((await people.verb("lock_list", {})) as unknown as Locks).result.locks.find(
      ({ key }) => key === "named/gpu",
    );
  const pushing = await make("Push");
  await world.until(pushing, "awaiting_approval");
  const other = await make("Other");
  expect(await gpu()).toMatchObject({ held_by: [pushing], waiting: 1 });
  const release = { key: "named/gpu", run: pushing };
  expect(await people.verb("lock_release", release, "member")).toMatchObject({
    problem: { code: "role.refused" },
  });
  expect(await world.agentd.ask("lock_release", release)).toMatchObject({
    problem: { code: "verb.not-yours" },
  });
  expect(await world.state(other)).toBe("queued");
  expect(await people.verb("lock_release", release, "admin")).toMatchObject({
    result: { released: [pushing] },
  });
  await world.until(other, "succeeded");
  expect(await world.state(pushing)).toBe("awaiting_approval");
  expect(await gpu()).toMatchObject({ held_by: [], waiting: 0 });
});
