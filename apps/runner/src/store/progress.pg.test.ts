import { openJobsDatabase, type JobsDatabase } from "@nightgate/db/jobs";
import { cloneDatabase, type TestDatabase } from "@nightgate/db/testing";
import { newId } from "@nightgate/shared/ids";
import type { RunEventBody } from "@nightgate/shared/run-events";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createEventStore } from "./event-store.ts";
import { readProgress } from "./progress.ts";
import { findRun } from "./run-store.ts";

const ORGANIZATION = newId("organization");
const NOON = Date.parse("2026-11-21T12:00:00Z");
let database: TestDatabase;
let behind: pg.Client;
let db: JobsDatabase;
beforeAll(async () => {
  database = await cloneDatabase(inject("postgres"));
  behind = new pg.Client({ connectionString: database.urls.superuser });
  await behind.connect();
  db = openJobsDatabase(database.urls.runner);
});
afterAll(async () => {
  await db.close();
  await behind.end();
  await database.drop();
});

const call = (
  id: string,
  status: "in_progress" | "completed",
  output = "",
  title = "npm test",
): RunEventBody => ({
  kind: "tool",
  call: id,
  title,
  tool: "execute",
  status,
  output,
});
const said: RunEventBody = { kind: "agent.message", text: "Working hard." };

/** A run that is at work, with so many events. */
async function makeRun(lastSeq: number): Promise<string> {
  const [job, run] = [newId("job"), newId("run")];
  await behind.query(
    "INSERT INTO jobs.jobs (organization_id, id, workstation_id, agent, title, prompt, created_by) VALUES ($1, $2, 'ws_a', 'claude', '', '', 'per_a')",
    [ORGANIZATION, job],
  );
  await behind.query(
    "INSERT INTO jobs.runs (organization_id, id, job_id, workstation_id, agent, state, last_seq) VALUES ($1, $2, $3, 'ws_a', 'claude', 'running', $4)",
    [ORGANIZATION, run, job, lastSeq],
  );
  return run;
}

/** One event each minute from noon on; answers the minutes of the last progress and of the tool at work. */
async function progressOf(
  bodies: readonly RunEventBody[],
): Promise<{ progress: number | null; tool: number | null }> {
  const run = await makeRun(bodies.length);
  for (const [index, body] of bodies.entries())
    await behind.query(
      "INSERT INTO jobs.events (organization_id, run_id, seq, at, body) VALUES ($1, $2, $3, $4, $5)",
      [ORGANIZATION, run, index + 1, new Date(NOON + index * 60_000), body],
    );
  return await db.asOrganization(ORGANIZATION, async (tx) => {
    const row = await findRun(tx, run);
    if (row === null) throw new Error("The run is not there.");
    const { progressAt, toolSince } = await readProgress(tx, row, []);
    const minute = (at: Date | null): number | null => (at === null ? null : (at.getTime() - NOON) / 60_000);
    return { progress: minute(progressAt), tool: minute(toolSince) };
  });
}

test("a tool call that is new is progress, its answer too; talk is not", async () => {
  expect(await progressOf([said, said])).toEqual({ progress: null, tool: null });
  expect(
    await progressOf([call("1", "in_progress"), call("1", "completed", "2 failed"), said, said]),
  ).toEqual({
    progress: 1,
    tool: null,
  });
});

test("the same command with the same answer is none; with another answer it is", async () => {
  const first = [call("1", "in_progress"), call("1", "completed", "2 failed")];
  expect(
    await progressOf([...first, call("2", "in_progress"), call("2", "completed", "2 failed")]),
  ).toMatchObject({ progress: 1 });
  expect(
    await progressOf([...first, call("2", "in_progress"), call("2", "completed", "1 failed")]),
  ).toMatchObject({ progress: 3 });
});

test("a tool at work counts from its beginning, whatever it says meanwhile", async () => {
  const watch = ["a", "b", "c"].map((output) => call("1", "in_progress", output, "npm test -- --watch"));
  expect(await progressOf([said, ...watch])).toEqual({ progress: 1, tool: 1 });
  expect(await progressOf([...watch, { kind: "prompt", prompt: "p", text: "" }])).toEqual({
    progress: 0,
    tool: null,
  });
  expect(await progressOf([said, { kind: "plan", entries: [] }])).toEqual({ progress: 1, tool: null });
});

test("what a turn ends with when its run is over already is kept as its late result, and changes nothing else", async () => {
  const run = await makeRun(0);
  await behind.query(
    "UPDATE jobs.runs SET state = 'timed_out', result = 'half', ended_at = now() WHERE id = $1",
    [run],
  );
  let seq = 0;
  const store = async (...bodies: RunEventBody[]): Promise<void> => {
    const events = bodies.map((body) => ({ seq: (seq += 1), at: NOON, body }));
    expect(await createEventStore(db).store(ORGANIZATION, "ws_a", run, events)).toEqual({
      ok: true,
      lastSeq: seq,
    });
  };
  const turn = (prompt: string): RunEventBody => ({ kind: "prompt", prompt, text: "Go on" });
  const late = async (): Promise<unknown> =>
    (await behind.query("SELECT state, result, late_result FROM jobs.runs WHERE id = $1", [run])).rows[0];
  const before = { state: "timed_out", result: "half" };
  await store(turn("p1"), said, { kind: "turn.ended", prompt: "p1", stopReason: "cancelled" });
  expect(await late()).toEqual({ ...before, late_result: "" });
  // Nothing was said in this one; the words of another turn are not its own.
  await store(turn("p2"), { kind: "turn.ended", prompt: "p2", stopReason: "end_turn" });
  expect(await late()).toEqual({ ...before, late_result: "" });
  await store(turn("p3"), { kind: "agent.message", text: "All of it is done." });
  await store({ kind: "turn.ended", prompt: "p3", stopReason: "end_turn" });
  expect(await late()).toEqual({ ...before, late_result: "All of it is done." });
});
