/** Verbs over a real database and a workstation's real socket: who may ask what, done once, and answered with words that help. */
import { randomUUID } from "node:crypto";
import { newId } from "@nightgate/shared/ids";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { obedient, type RunnerWorld, runnerWorld, until } from "../testing/runner-world.ts";

let world: RunnerWorld;
beforeEach(async () => {
  world = await runnerWorld(inject("postgres"), obedient);
});
afterEach(async () => await world.close());

const byPerson = async (
  verb: string,
  args: object,
  role = "member",
  id: string = randomUUID(),
): Promise<unknown> => {
  await world.ask({ kind: "verb.call", id, person: world.person, role, verb, args } as never);
  let outcome: unknown = null;
  await until(async () => {
    const [row] = await world.query<{ outcome: unknown }>(
      "SELECT outcome FROM jobs.verb_calls WHERE caller = $1 AND id = $2",
      [world.person, id],
    );
    outcome = row?.outcome ?? null;
    return outcome !== null;
  }, true);
  return outcome;
};

test("whoami and job_list answer an agent with its own, and a person with everything", async () => {
  const { job, run } = await world.createJob("Tidy the shed");
  await world.until(run, "succeeded");
  expect(await world.agentd.ask("whoami", {}, { run })).toEqual({
    ok: true,
    result: expect.objectContaining({
      workstation: world.workstation,
      workstation_name: "box",
      run,
      job,
    }) as unknown,
  });
  const listed = { ok: true, result: { jobs: [expect.objectContaining({ job, run, state: "succeeded" })] } };
  expect(await world.agentd.ask("job_list")).toMatchObject(listed);
  expect(await byPerson("job_list", {}, "viewer")).toMatchObject(listed);
});

test("a repeated id answers the same, though the world has moved", async () => {
  const id = randomUUID();
  const first = await world.agentd.ask("job_list", {}, { id });
  const { run } = await world.createJob();
  await world.until(run, "succeeded");
  expect(await world.agentd.ask("job_list", {}, { id })).toEqual(first);
  expect(await world.agentd.ask("whoami", {}, { id })).toMatchObject({ problem: { code: "input.invalid" } });
  expect(await world.query("SELECT verb FROM jobs.verb_calls")).toEqual([{ verb: "job_list" }]);
});

test("invariant 1: a run of another workstation is no hint", async () => {
  const elsewhere = newId("workstation");
  await world.query(
    "INSERT INTO control.workstations (organization_id, id, name, created_by) VALUES ($1, $2, 'other', $3)",
    [world.organization, elsewhere, world.person],
  );
  const { job, run } = await world.createJob();
  await world.until(run, "succeeded");
  await world.query("UPDATE jobs.jobs SET workstation_id = $2 WHERE id = $1", [job, elsewhere]);
  await world.query("UPDATE jobs.runs SET workstation_id = $2 WHERE id = $1", [run, elsewhere]);
  expect(await world.agentd.ask("whoami", {}, { run })).toMatchObject({
    ok: false,
    problem: { code: "run.unknown" },
  });
  expect(await world.agentd.ask("job_list")).toEqual({ ok: true, result: { jobs: [] } });
});

test("what is not understood says which argument; what is not allowed says who may", async () => {
  expect(await world.agentd.ask("job_list", { limit: 0, colour: "red" })).toMatchObject({
    ok: false,
    problem: {
      code: "verb.arguments",
      status: 400,
      detail: expect.stringMatching(/limit: .*colour/) as unknown,
    },
  });
  expect(await world.agentd.ask("hold_approve")).toMatchObject({
    ok: false,
    problem: { code: "verb.unknown" },
  });
  expect(await byPerson("nothing", {})).toMatchObject({ ok: false, problem: { code: "verb.unknown" } });
});
