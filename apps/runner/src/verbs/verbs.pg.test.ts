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

const result = async (
  verb: string,
  args: object,
  more: { run?: string; id?: string } = {},
): Promise<Result> => {
  const outcome = await world.agentd.ask(verb, args, more);
  if (!outcome.ok) throw new Error(outcome.problem.detail);
  return outcome.result as unknown as Result;
};
interface Result {
  job: string;
  run: string;
  schedule: string;
  done: boolean;
  next: string[];
  jobs: { state: string }[];
  events: { kind: string; text: string }[];
}

test("an agent makes a job, once, waits for it, reads what happened, and runs it again", async () => {
  const parent = await world.createJob("Orchestrate");
  await world.until(parent.run, "succeeded");
  const id = randomUUID();
  const args = { prompt: "Count the sheep\nAll of them", retries: 2, locks: [{ name: "gpu" }] };
  const made = await result("job_create", args, { run: parent.run, id });
  expect(await result("job_create", args, { run: parent.run, id })).toEqual(made);
  const waited = await result("job_wait", { jobs: [made.job], wait_seconds: 20 });
  expect(waited).toMatchObject({
    done: true,
    failed: false,
    jobs: [{ state: "succeeded", title: "Count the sheep" }],
  });
  expect(await result("job_show", { job: made.job })).toMatchObject({
    parent_run: parent.run,
    retries: 2,
    locks: [`named/${world.workstation}/gpu`],
    runs: [{ run: made.run, state: "succeeded" }],
  });
  const { events } = await result("job_logs", { job: made.job });
  expect(events.find(({ kind }) => kind === "prompt")?.text).toContain("Count the sheep");
  const again = await result("job_run", { job: made.job, prompt: "And the goats" });
  await world.until(again.run, "succeeded");
  expect(world.agentd.told(again.run)).toEqual(["And the goats"]);
  expect(await world.query("SELECT count(*)::int AS jobs FROM jobs.jobs")).toEqual([{ jobs: 2 }]);
});

test("what waits is answered when it happens, and says that it is not done when the time is over", async () => {
  const made = await result("job_create", {
    prompt: "Later",
    due_at: new Date(Date.now() + 3_600_000).toISOString(),
  });
  expect(await result("job_wait", { jobs: [made.job], wait_seconds: 1 })).toMatchObject({ done: false });
  const waiting = world.agentd.ask("job_wait", { jobs: [made.job], wait_seconds: 50 });
  expect(await result("job_cancel", { job: made.job })).toMatchObject({ cancelled: [made.run] });
  expect(await waiting).toMatchObject({
    ok: true,
    result: { done: true, failed: true, jobs: [{ state: "cancelled" }] },
  });
});

test("schedules: once, by cron, and words to oneself that reach the session", async () => {
  const { job, run } = await world.createJob("Watch the kettle");
  await world.until(run, "succeeded");
  const cron = await result(
    "schedule_cron",
    { cron: "0 2 * * *", timezone: "Europe/Berlin", prompt: "Nightly" },
    { run },
  );
  expect(cron.next).toHaveLength(3);
  const asked = { cron: "0 2 * * *", timezone: "Europe/Berlin", count: 3 };
  expect(await result("schedule_preview", asked)).toEqual({ timezone: asked.timezone, next: cron.next });
  expect(await world.agentd.ask("schedule_preview", { cron: "61 * * * *" })).toMatchObject({
    problem: { code: "schedule.invalid" },
  });
  const self = await result(
    "schedule_self",
    { text: "Look at the kettle again", in_seconds: 3_600 },
    { run },
  );
  expect(self.job).toBe(job);
  await world.query("UPDATE jobs.schedules SET next_at = now() - interval '1 second' WHERE id = $1", [
    self.schedule,
  ]);
  await until(
    async () =>
      (await world.query("SELECT FROM jobs.runs WHERE job_id = $1 AND state = 'succeeded'", [job])).length,
    2,
  );
  const [row] = await world.query<{ id: string; session: string }>(
    "SELECT id, session FROM jobs.runs WHERE job_id = $1 ORDER BY created_at DESC LIMIT 1",
    [job],
  );
  expect(row?.session).toBe(`session-${run}`);
  expect(world.agentd.told(row?.id ?? "")).toEqual(["Look at the kettle again"]);
  // As in the browser: it rests, goes on, and is fired besides its times.
  const schedule = { schedule: cron.schedule };
  expect(await result("schedule_pause", schedule)).toMatchObject({ paused: true });
  expect(await result("schedule_list", {})).toMatchObject({
    schedules: expect.arrayContaining([expect.objectContaining({ ...schedule, paused: true })]) as unknown,
  });
  const [first] = cron.next;
  expect(await result("schedule_pause", { ...schedule, paused: false })).toMatchObject({ next: first });
  const fired = await result("schedule_run", schedule);
  await world.until(fired.run, "succeeded");
  expect(world.agentd.told(fired.run)).toEqual(["Nightly"]);
  expect(await byPerson("schedule_run", schedule, "viewer")).toMatchObject({
    problem: { code: "role.refused" },
  });
  expect(await result("schedule_delete", schedule)).toEqual(schedule);
  expect(await world.agentd.ask("schedule_pause", schedule)).toMatchObject({
    problem: { code: "not-found" },
  });
  expect(await result("schedule_list", {})).toMatchObject({
    schedules: [{ schedule: self.schedule, next: null }],
  });
  expect(await world.agentd.ask("schedule_create", { prompt: "When?" })).toMatchObject({
    problem: { code: "schedule.invalid" },
  });
  const needy = { prompt: "Then", cron: "@daily", needs: [job] };
  expect(await world.agentd.ask("job_create", needy)).toMatchObject({
    problem: { code: "input.invalid" },
  });
});

test("holds are read and nothing else; locks are listed by all and changed by admins", async () => {
  const { run } = await world.createJob("Push it", {
    locks: [{ name: "gpu", scope: "organization", capacity: 1 }],
  });
  await world.until(run, "succeeded");
  const hold = await world.hold(run);
  expect(await result("hold_status", { hold })).toMatchObject({ state: "pending", run });
  expect(await byPerson("lock_set", { key: "named/gpu", capacity: 3 })).toMatchObject({
    problem: { code: "role.refused" },
  });
  expect(await byPerson("lock_set", { key: "named/gpu", capacity: 3 }, "admin")).toMatchObject({ ok: true });
  expect(await byPerson("lock_set", { key: "organization", capacity: 3 }, "admin")).toMatchObject({
    ok: false,
  });
  expect(await result("lock_list", {})).toMatchObject({ locks: [{ lock: "gpu", capacity: 3, held_by: [] }] });
  expect(await byPerson("job_cancel", { job: "job_x" }, "viewer")).toMatchObject({
    problem: { code: "role.refused" },
  });
  expect(await world.agentd.ask("lock_set", { key: "named/gpu", capacity: 9 })).toMatchObject({
    problem: { code: "verb.not-yours" },
  });
});

test("invariant 12: jobs that make jobs come to an end", async () => {
  const { job, run } = await world.createJob();
  await world.until(run, "succeeded");
  await world.query("UPDATE jobs.jobs SET depth = 8 WHERE id = $1", [job]);
  expect(await world.agentd.ask("job_create", { prompt: "And so on" }, { run })).toMatchObject({
    problem: { code: "too-many" },
  });
});

test("invariants 9 and 12: another organization's job, an endless text, a thousand calls", async () => {
  const other = newId("organization");
  const [foreign, box] = [newId("job"), newId("workstation")];
  await world.query("INSERT INTO control.organizations (organization_id, name) VALUES ($1, 'Others')", [
    other,
  ]);
  await world.query(
    "INSERT INTO jobs.jobs (organization_id, id, workstation_id, agent, title, prompt, created_by) VALUES ($1, $2, $3, 'claude', 'Secret plans', '', 'x')",
    [other, foreign, box],
  );
  for (const verb of ["job_show", "job_cancel", "job_run", "job_logs", "job_status"])
    expect(await world.agentd.ask(verb, { job: foreign })).toEqual(
      await world.agentd
        .ask(verb, { job: foreign.replace(/.$/, "0") })
        .then(
          (outcome) =>
            JSON.parse(JSON.stringify(outcome).replaceAll(foreign.replace(/.$/, "0"), foreign)) as unknown,
        ),
    );
  expect(await byPerson("job_show", { job: foreign }, "owner")).toMatchObject({
    problem: { code: "not-found" },
  });
  expect(await world.agentd.ask("job_create", { prompt: "x", needs: [foreign] })).toMatchObject({
    problem: { code: "not-found" },
  });
  expect(await world.agentd.ask("job_create", { prompt: "x", workstation: box })).toMatchObject({
    problem: { code: "not-found" },
  });
  const odd = await result("job_create", {
    prompt: "nothing \u0000 and \ud800 half",
    due_at: "2100-01-01T00:00:00Z",
  });
  expect(await result("job_show", { job: odd.job })).toMatchObject({
    prompt: "nothing \ufffd and \ufffd half",
  });
  for (const args of [null, [], "job", 7, { __proto__: null, limit: { $gt: 0 } }])
    expect(await world.agentd.ask("job_list", args)).toMatchObject({ problem: { code: "verb.arguments" } });
  const { job } = await result("job_create", { prompt: "Later", due_at: "2100-01-01T00:00:00Z" });
  const waiting = Array.from(
    { length: 64 },
    async () => await world.agentd.ask("job_wait", { jobs: [job], wait_seconds: 50 }),
  );
  await expect
    .poll(async () => await world.agentd.ask("whoami"))
    .toMatchObject({ ok: false, problem: { code: "too-many" } });
  await byPerson("job_cancel", { job });
  expect((await Promise.all(waiting)).filter(({ ok }) => ok).length).toBeGreaterThan(60);
  expect(await world.agentd.ask("whoami")).toMatchObject({ ok: true });
});

test("outcomes are forgotten: what only reads after an hour, the rest after a week", async () => {
  await world.query(
    "INSERT INTO jobs.verb_calls (organization_id, caller, id, verb, created_at) SELECT $1, $2, 'call_of_long_ago_' || n, v, now() - a FROM (VALUES (1, 'job_list', interval '2 hours'), (2, 'job_create', interval '2 hours'), (3, 'job_create', interval '8 days')) AS t (n, v, a)",
    [world.organization, world.person],
  );
  // It forgets at its start, and then now and then.
  await world.stopRunner();
  await world.startRunner();
  await until(
    async () =>
      (await world.query<{ id: string }>("SELECT id FROM jobs.verb_calls")).map(({ id }) => id.at(-1)),
    ["2"],
  );
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
