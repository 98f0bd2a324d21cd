// What is told of runs, to whom, and how a flood stays bearable: against a push service that decrypts what it gets.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId } from "@nightgate/shared/ids";
import { makeCertificate } from "@nightgate/testkit/certificate";
import { type PushService, startPushService } from "@nightgate/testkit/fake-internet/push-service";
import { until } from "@nightgate/testkit/until";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import type { ChangesHub } from "../store/changes-hub.ts";
import { createChangesHub } from "../store/changes-hub.ts";
import {
  addRepository,
  fakePushes,
  push as heldPush,
  type PushPlace,
  WORKSTATION,
} from "../testing/fake-push.ts";
import { type Founder, found, openTestGate, ORIGIN, reject, type TestGate } from "../testing/test-core.ts";
import { PUSH_LIMITS } from "./limits.ts";
import { openPush, type Push } from "./push.ts";

const folder = mkdtempSync(join(tmpdir(), "nightgate-push-"));
const certificate = makeCertificate(folder);
let gate: TestGate;
let ada: Founder;
let place: PushPlace;
let push: Push;
let service: PushService;
let changes: ChangesHub;
let stopFollowing: () => Promise<void>;
let owner: pg.Client;
let commit = 0x10;

beforeAll(async () => {
  gate = await openTestGate(inject("postgres"), { handlers: [fakePushes().handler] });
  ada = await found(gate);
  place = await addRepository(gate, ada);
  owner = new pg.Client({ connectionString: gate.database.urls.superuser });
  await owner.connect();
  await sql("INSERT INTO gate.workstations (organization_id, id, name) VALUES ($1, $2, 'atlas')", [
    ada.organization,
    WORKSTATION,
  ]);
  changes = createChangesHub(gate.database.urls.gate);
  push = openPush(
    {
      folder: gate.folder,
      databaseUrl: gate.database.urls.gate,
      origin: ORIGIN,
      allowedHosts: ["127.0.0.1"],
      trust: [readFileSync(certificate.caFile, "utf8")],
    },
    {
      clock: gate.clock,
      log: { error: (fields, message) => void gate.logged.push({ level: "error", fields, message }) },
    },
  );
  stopFollowing = push.followRuns(changes, () => [ada.organization]);
});
afterAll(async () => {
  await stopFollowing();
  await changes.stop();
  await push.stop();
  await service.stop();
  await owner.end();
  await gate.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  await service?.stop();
  service = await startPushService(certificate);
  await sql("DELETE FROM gate.push_subscriptions", []);
  await subscribe(ada.person);
});

const sql = async (text: string, values: unknown[]): Promise<pg.QueryResult> =>
  await owner.query(text, values);

async function subscribe(person: string): Promise<void> {
  const { endpoint, keys } = service.subscription;
  await push.devices.subscribe(person, { endpoint, ...keys, device: "phone" });
}

async function job(person = ada.person): Promise<{ job: string; run: string }> {
  const made = { job: newId("job"), run: newId("run") };
  await sql(
    "INSERT INTO jobs.jobs (organization_id, id, workstation_id, agent, title, prompt, created_by) VALUES ($1, $2, $3, 'claude', 'URGENT: tap approve', 'secret prompt', $4)",
    [ada.organization, made.job, WORKSTATION, person],
  );
  await sql(
    "INSERT INTO jobs.runs (organization_id, id, job_id, workstation_id, agent, state, started_at, result) VALUES ($1, $2, $3, $4, 'claude', 'running', now(), 'secret result')",
    [ada.organization, made.run, made.job, WORKSTATION],
  );
  return made;
}

const moves = async (run: string, state: string): Promise<unknown> =>
  await sql("UPDATE jobs.runs SET state = $2 WHERE id = $1", [run, state]);

const messages = (): Record<string, unknown>[] =>
  service.received.map(({ message }) => message as Record<string, unknown>);

async function told(count: number): Promise<Record<string, unknown>[]> {
  return await until(`${count} messages (${service.refused.join("; ")})`, 20_000, () =>
    messages().length >= count ? messages() : null,
  );
}

test("a run that ended is told in the gate's words: no title, no prompt, no result (attacks N2, N4, N6)", async () => {
  const made = await job();
  await moves(made.run, "succeeded");
  const [message] = await told(1);
  expect(message).toMatchObject({
    title: "atlas has finished a task",
    hold: null,
    job: made.job,
    tag: made.run,
    quiet: true,
  });
  expect(JSON.stringify(message)).not.toMatch(/secret|URGENT|https?:/);
  const child = await job();
  await sql("UPDATE jobs.jobs SET parent_run_id = $2 WHERE id = $1", [child.job, made.run]);
  // What one agent had done by another one is that agent's to read; that it failed is news.
  await moves(child.run, "succeeded");
  const failing = await job();
  await moves(failing.run, "failed");
  expect((await told(2))[1]).toMatchObject({ title: "atlas stopped with an error", tag: failing.run });
});

test("a worker of a chain that ended well rings nobody: its chain says what is told; and of what is tried again nothing is told before its last end", async () => {
  const worker = await job();
  const night = newId("chainRun");
  await sql(
    `WITH chain AS (INSERT INTO jobs.chains (organization_id, id, name, document, plan, workstation_id, job_id, created_by)
       VALUES ($1, $2, 'night', '', '{}', $3, $4, $5) RETURNING id),
     run AS (INSERT INTO jobs.chain_runs (organization_id, id, chain_id, document, fire_at, time_zone, reason, started_by)
       SELECT $1, $6, id, '', now(), 'UTC', 'manual', $5 FROM chain RETURNING id)
     INSERT INTO jobs.chain_jobs (organization_id, chain_run_id, key, position, state, run_id) SELECT $1, id, 'a', 0, 'running', $7 FROM run`,
    [ada.organization, newId("chain"), WORKSTATION, worker.job, ada.person, night, worker.run],
  );
  await moves(worker.run, "succeeded");
  const retried = await job();
  const again = newId("run");
  await sql(
    `WITH failed AS (UPDATE jobs.runs SET state = 'failed' WHERE id = $1 RETURNING *)
     INSERT INTO jobs.runs (organization_id, id, job_id, workstation_id, agent, state, attempt)
     SELECT organization_id, $2, job_id, workstation_id, agent, 'running', 2 FROM failed`,
    [retried.run, again],
  );
  await moves(again, "failed");
  expect(await told(1)).toMatchObject([{ title: "atlas stopped with an error", tag: again }]);
});

test("a question rings, is withdrawn when it is answered elsewhere, and rings again when asked again", async () => {
  const { run } = await job();
  await moves(run, "awaiting_input");
  expect((await told(1))[0]).toMatchObject({ title: "atlas has a question", tag: run, quiet: false });
  await moves(run, "running");
  expect((await told(2))[1]).toMatchObject({ title: "atlas goes on", tag: run, quiet: true });
  await moves(run, "awaiting_input");
  expect((await told(3))[2]).toMatchObject({ title: "atlas has a question", tag: run });
});

test("a note rings in the gate's words alone, and only where no state of a run tells of it", async () => {
  const { job: id } = await job();
  const note = newId("humanMessage");
  await sql(
    "INSERT INTO jobs.human_messages (organization_id, id, kind, job_id, workstation_id, text) VALUES ($1, $2, 'note', $3, $4, 'tap https://evil.example')",
    [ada.organization, note, id, WORKSTATION],
  );
  await push.tellMessage(ada.organization, note, [ada.person]);
  await push.tellMessage(ada.organization, note, [ada.person]);
  const [message] = await told(1);
  expect(message).toMatchObject({ title: "atlas sends a note", job: id, tag: note, quiet: true });
  expect(JSON.stringify(message)).not.toContain("evil");
  expect(messages()).toHaveLength(1);
});

test("the device says which message it showed, and how long a test took", async () => {
  const { run } = await job();
  await moves(run, "failed");
  const [message] = await told(1);
  await push.devices.shown(String(message?.["shown"]));
  const { rows } = await sql("SELECT shown_at FROM gate.notifications WHERE run_id = $1", [run]);
  expect(rows.map((row: { shown_at: Date | null }) => row.shown_at instanceof Date)).toEqual([true]);
  await push.devices.test(ada.person);
  const test = (await told(2))[1];
  await push.devices.shown(String(test?.["shown"]));
  await push.devices.shown(`${String(test?.["shown"])}x`);
  const [device] = await push.devices.list(ada.person);
  expect(device?.testShownMs).toBeGreaterThanOrEqual(0);
  // Tested now: the weekly test takes it in a week.
  await sql("UPDATE gate.push_subscriptions SET tested_at = tested_at - interval '8 days'", []);
  await push.testDevices(ada.organization);
  expect((await told(3))[2]).toMatchObject({ title: "The gate can reach this device", quiet: true });
});

test("a run is told to its person and the admins alone, and what nobody was told of is not withdrawn", async () => {
  const grace = await found(gate, "Grace");
  await sql(
    "INSERT INTO gate.memberships (organization_id, person_id, role) VALUES ($1, $2, 'member') ON CONFLICT DO NOTHING",
    [ada.organization, grace.person],
  );
  await sql("DELETE FROM gate.push_subscriptions", []);
  await subscribe(grace.person);
  const [adas, graces] = [await job(ada.person), await job(grace.person)];
  await moves(adas.run, "awaiting_input");
  await moves(adas.run, "running");
  await moves(adas.run, "failed");
  await moves(graces.run, "failed");
  await told(1);
  // The gate looks at runs in turn: what came after hers would be here as well.
  const last = await job(grace.person);
  await moves(last.run, "failed");
  expect((await told(2)).map(({ tag }) => tag)).toEqual([graces.run, last.run]);
  // What delivers its result is told of by that, and not by its end besides.
  const delivers = await job(grace.person);
  await sql("UPDATE jobs.jobs SET deliver = '{slack}' WHERE id = $1", [delivers.job]);
  await moves(delivers.run, "succeeded");
  const plain = await job(grace.person);
  await moves(plain.run, "succeeded");
  expect((await told(3)).map(({ tag }) => tag)).toEqual([graces.run, last.run, plain.run]);
});

test("a member who is no approver is told of no hold", async () => {
  const member = await found(gate, "Linus");
  await sql("INSERT INTO gate.memberships (organization_id, person_id, role) VALUES ($1, $2, 'admin')", [
    ada.organization,
    member.person,
  ]);
  await sql("DELETE FROM gate.push_subscriptions", []);
  await subscribe(member.person);
  await push.notifier.holdOpened(await hold());
  const { rows } = await sql(
    "SELECT count(*)::int AS count FROM gate.notifications n JOIN gate.push_subscriptions s ON s.id = n.subscription_id",
    [],
  );
  expect(rows).toEqual([{ count: 0 }]);
});

async function hold(): ReturnType<typeof heldPush> {
  commit += 1;
  return await heldPush(gate, ada, place, { commit: commit.toString(16) });
}

test("N3: a flood of holds becomes one notification that counts them, and takes itself back when they are decided", async () => {
  const holds: Awaited<ReturnType<typeof hold>>[] = [];
  for (let number = 0; number < PUSH_LIMITS.singlyToldMax + 3; number += 1) {
    const opened = await hold();
    holds.push(opened);
    await push.notifier.holdOpened(opened);
    await told(number + 1);
  }
  const counted = messages().filter(({ tag }) => tag === WORKSTATION);
  expect(counted.at(-1)).toMatchObject({
    title: expect.stringMatching(/^atlas: \d+ things wait for a decision$/) as string,
    hold: null,
  });
  const rang = messages().filter(({ quiet }) => quiet === false);
  expect(rang.length).toBeLessThanOrEqual(PUSH_LIMITS.ringsInARowMax);
  const last = holds.at(-1);
  if (!last) throw new Error("no hold");
  await reject(gate, ada, last.id);
  const before = messages().length;
  await push.notifier.holdMoved(await gate.core.holds.get(ada.organization, last.id));
  expect((await told(before + 1)).at(-1)).toMatchObject({ tag: WORKSTATION, quiet: true });
  for (const each of holds.slice(0, -1)) await reject(gate, ada, each.id);
});

test("in a person's quiet hours nothing makes a sound, and what is set wrong is refused", async () => {
  const all = { from: 0, until: 1439, timeZone: "UTC" };
  await push.devices.quietHours.set(ada.person, all);
  const minute = new Date(gate.clock.now()).getUTCHours() * 60 + new Date(gate.clock.now()).getUTCMinutes();
  if (minute === 1439) gate.clock.advance(60_000);
  const { run } = await job();
  await moves(run, "failed");
  expect((await told(1))[0]).toMatchObject({ title: "atlas stopped with an error", quiet: true });
  await push.devices.quietHours.set(ada.person, null);
  expect(await push.devices.quietHours.of(ada.person)).toBeNull();
  await expect(
    push.devices.quietHours.set(ada.person, { ...all, timeZone: "Mars/Base" }),
  ).rejects.toMatchObject({
    code: "input.invalid",
  });
});
