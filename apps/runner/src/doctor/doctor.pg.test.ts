/** States that cannot be, made by hand in a real database: each is found, explained, and repaired only when that is asked for. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openJobsDatabase } from "@nightgate/db/jobs";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { peopleOf } from "../testing/people.ts";
import { obedient, type RunnerWorld, runnerWorld, until } from "../testing/runner-world.ts";
import { doctor as examine } from "./doctor.ts";

let world: RunnerWorld;
beforeEach(async () => {
  world = await runnerWorld(inject("postgres"), async (turn) =>
    turn.text === "Hang" ? await new Promise(() => undefined) : await obedient(turn),
  );
});
afterEach(async () => await world.close());

interface Seen {
  findings: { id: string; kind: string; what: string; why: string; repair: string | null }[];
  repaired: string | null;
}
const doctor = async (repair?: string, role = "member"): Promise<Seen & { problem?: { code: string } }> => {
  const { result, problem } = await peopleOf(world).verb(
    "job_doctor",
    repair === undefined ? {} : { repair },
    role,
  );
  const seen = (result ?? { findings: [], repaired: null }) as Seen;
  return problem === undefined ? seen : { ...seen, problem: problem as { code: string } };
};
const ids = async (): Promise<string[]> => (await doctor()).findings.map(({ id }) => id);

test("a healthy organization has nothing to be found", async () => {
  const { run } = await world.createJob();
  await world.until(run, "succeeded");
  const hanging = await world.createJob("Hang");
  await world.until(hanging.run, "running");
  expect(await ids()).toEqual([]);
});

test("a ghost is found, and put back into the queue when that is asked for", async () => {
  const { run } = await world.createJob("Hang");
  await until(() => world.agentd.told(run).length, 1);
  await world.until(run, "running");
  world.agentd.stop();
  await until(async () => (await world.query("SELECT 1 FROM jobs.workstations WHERE connected")).length, 0);
  await world.query("UPDATE jobs.runs SET work_since = now() - interval '20 minutes'");
  await world.query("UPDATE jobs.workstations SET updated_at = now() - interval '20 minutes'");
  const { findings } = await doctor();
  expect(findings).toMatchObject([
    {
      id: `ghost-${run}`,
      kind: "ghost",
      repair: expect.stringContaining(`Put ${run} back into the queue`) as string,
    },
  ]);
  expect(await world.state(run)).toBe("running");
  expect((await doctor(`ghost-${run}`, "viewer")).problem?.code).toBe("role.refused");
  expect((await doctor(`ghost-${run}`)).repaired).toContain("back into the queue");
  expect(await world.state(run)).toBe("queued");
  expect((await doctor(`ghost-${run}`)).problem?.code).toBe("not-found");
});

test("a socket that is gone is found although its agentd is still connected, and made anew when that is asked for", async () => {
  const { run } = await world.createJob("Hang");
  await world.until(run, "running");
  const path = join(world.socketFolder, world.workstation, "runner.sock");
  rmSync(path);
  const id = `socket-${world.workstation}`;
  await until(ids, [id]);
  const [finding] = (await doctor()).findings;
  expect(finding).toMatchObject({
    kind: "contradiction",
    what: "The socket on which the runner listens for workstation box is gone.",
    why: expect.stringMatching(/still connected.*One run is at work there/u) as string,
    repair: expect.stringContaining("Make the socket of box anew") as string,
  });
  // It cannot come back by itself now, and looking has repaired nothing.
  world.agentd.disconnect();
  await until(async () => (await doctor()).findings[0]?.why.includes("cannot come back by itself"), true);
  expect(existsSync(path)).toBe(false);
  expect((await doctor(id)).repaired).toContain("Its agentd comes back then");
  await until(() => world.agentd.connected(), true);
  await until(ids, []);
  expect(await world.state(run)).toBe("running");
});

test("one that stands still past every rung, and one that was interrupted and forgotten", async () => {
  const { run } = await world.createJob("Hang");
  await until(() => world.agentd.told(run).length, 1);
  await world.until(run, "running");
  await world.query("UPDATE jobs.runs SET work_since = now() - interval '5 hours', state = 'cancelling'");
  await world.query("UPDATE jobs.events SET at = at - interval '5 hours'");
  expect(await ids()).toContain(`stuck-${run}`);
});

test("an approval without a hold, a schedule that never fires, a key that is missing", async () => {
  await world.stopRunner();
  const base = [world.organization, world.workstation, world.person];
  await world.query(
    `INSERT INTO jobs.jobs (organization_id, id, workstation_id, agent, title, prompt, created_by) VALUES ($1, 'job_0123456789ab', $2, 'claude', 'T', 'P', $3)`,
    base,
  );
  for (const [id, state] of [
    ["run_00000000000a", "awaiting_approval"],
    ["run_00000000000b", "needs_auth"],
    ["run_00000000000c", "awaiting_input"],
  ])
    await world.query(
      `INSERT INTO jobs.runs (organization_id, id, job_id, workstation_id, agent, state) VALUES ($1, $3, 'job_0123456789ab', $2, 'claude', $4)`,
      [world.organization, world.workstation, id, state],
    );
  await world.query(
    `INSERT INTO jobs.events (organization_id, run_id, seq, at, body) VALUES ($1, 'run_00000000000c', 1, now() - interval '2 days', '{"kind": "note", "text": "x"}')`,
    [world.organization],
  );
  await world.query(
    `INSERT INTO jobs.schedules (organization_id, id, job_id, name, cron, time_zone, created_by) VALUES ($1, 'sch_0123456789ab', 'job_0123456789ab', 'Nightly', '@daily', 'UTC', $2)`,
    [world.organization, world.person],
  );
  // By hand, on a database that no runner keeps in order meanwhile.
  const db = openJobsDatabase(world.database.urls.runner);
  const patient = {
    organization: world.organization,
    workstation: null,
    person: world.person,
    role: "member",
  };
  const found = await db.asOrganization(
    world.organization,
    async (tx) => await examine(tx, patient, new Date()),
  );
  const none = await db.asOrganization(
    "org_000000000000",
    async (tx) => await examine(tx, patient, new Date()),
  );
  await db.close();
  expect(found.map(({ id, repair }) => [id, repair !== null])).toEqual([
    ["approval-run_00000000000a", true],
    ["input-run_00000000000c", true],
    ["key-run_00000000000b", false],
    ["schedule-sch_0123456789ab", true],
  ]);
  expect(none).toEqual([]);
});
