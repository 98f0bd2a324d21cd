/** The runner attacked from both sides: by what a workstation says on its socket, and by whoever has web's whole database role. */
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { openJobsDatabase } from "@nightgate/db/jobs";
import { AGENTD_PROTOCOL_VERSION } from "@nightgate/shared/agentd-protocol";
import { newId } from "@nightgate/shared/ids";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { WebSocket } from "ws";
import { createWorkstationStore } from "./store/workstation-store.ts";
import { obedient, type RunnerWorld, runnerWorld, until } from "./testing/runner-world.ts";

let world: RunnerWorld;
let attacker: string;
let other: { organization: string; workstation: string };

beforeAll(async () => {
  world = await runnerWorld(inject("postgres"), async (turn) => {
    if (turn.text.includes("wait")) await turn.interrupted;
    return await obedient(turn);
  });
  attacker = newId("workstation");
  other = { organization: newId("organization"), workstation: newId("workstation") };
  const wanted =
    "INSERT INTO control.workstations (organization_id, id, name, created_by) VALUES ($1, $2, $3, 'x')";
  await world.query(wanted, [world.organization, attacker, "evil"]);
  await world.query("INSERT INTO control.organizations (organization_id, name) VALUES ($1, 'Other')", [
    other.organization,
  ]);
  await world.query("INSERT INTO control.organization_directory (id) VALUES ($1)", [other.organization]);
  await world.query(wanted, [other.organization, other.workstation, "evil"]);
  await until(() => folders().toSorted(), [world.workstation, attacker, other.workstation].toSorted());
});
afterAll(async () => await world.close());

const folders = (): string[] => readdirSync(world.socketFolder);

const kinds = async (run: string): Promise<string[]> =>
  (
    await world.query<{ kind: string }>(
      "SELECT body ->> 'kind' AS kind FROM jobs.events WHERE run_id = $1 ORDER BY seq",
      [run],
    )
  ).map(({ kind }) => kind);

/** What an agent that has root in its workstation can say: anything, on its own socket. */
async function dial(
  workstation: string,
): Promise<{ say(message: unknown): void; heard: string[]; closed: Promise<void>; end(): void }> {
  const socket = new WebSocket(`ws+unix://${join(world.socketFolder, workstation, "runner.sock")}:/`);
  const heard: string[] = [];
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("message", (data: Buffer) => heard.push(data.toString()));
  socket.on("error", () => undefined);
  await new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return {
    say: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    heard,
    closed,
    end: () => socket.terminate(),
  };
}

const hello = (runs: unknown[] = []): Record<string, unknown> => ({
  type: "hello",
  protocol: AGENTD_PROTOCOL_VERSION,
  version: "x",
  boot: "x",
  agents: [],
  runs,
});
const said = (seq: number, text = "forged"): Record<string, unknown> => ({
  seq,
  at: 1_700_000_000_000,
  body: { kind: "agent.message", text },
});

describe("C10, invariant 1: a workstation that lies about its runs", () => {
  test("writes no event into a run of another workstation, ends none, and hears nothing of it", async () => {
    const { run } = await world.createJob("wait for me");
    await world.until(run, "running");
    await expect
      .poll(async () => await kinds(run))
      .toEqual(expect.arrayContaining(["session.started", "prompt"]));
    const before = await kinds(run);
    for (const from of [attacker, other.workstation]) {
      const liar = await dial(from);
      const last = before.length;
      liar.say(hello([{ run, phase: "ended", session: "stolen", lastSeq: 10_000 }]));
      liar.say({ type: "events", run, events: [said(last + 1), said(last + 2)] });
      liar.say({
        type: "events",
        run,
        events: [{ ...said(last + 1), body: { kind: "session.ended", error: "I say so." } }],
      });
      liar.say({ type: "run", run: { run, phase: "ended", session: "stolen", lastSeq: 10_000 } });
      // Its own connection is answered in order: what was said before has been dealt with by then.
      const own = newId("run");
      liar.say({ type: "events", run: own, events: [said(1)] });
      await expect
        .poll(
          async () =>
            (
              await world.query("SELECT 1 FROM jobs.workstations WHERE workstation_id = $1 AND connected", [
                from,
              ])
            ).length,
        )
        .toBe(1);
      expect(liar.heard.filter((text) => text.includes(run))).toEqual([]);
      liar.end();
      await liar.closed;
    }
    const [row] = await world.query<{ state: string; session: string }>(
      "SELECT state, session FROM jobs.runs WHERE id = $1",
      [run],
    );
    expect(row).toEqual({ state: "running", session: `session-${run}` });
    expect(await kinds(run)).toEqual(before);
    await world.ask({ kind: "run.cancel", run, person: world.person });
    await world.until(run, "cancelled");
  });

  test("cannot make its own history other than it was: no gap is taken, nothing is overwritten", async () => {
    const { run } = await world.createJob("once");
    await world.until(run, "succeeded");
    await expect.poll(async () => (await kinds(run)).at(-1)).toBe("session.ended");
    const before = await kinds(run);
    world.agentd.disconnect();
    const lie = async (): ReturnType<typeof dial> => {
      const made = await dial(world.workstation);
      made.say(hello());
      made.say({
        type: "events",
        run,
        events: [said(1, "another beginning"), said(2), said(before.length + 5)],
      });
      void made.closed.then(() => (isDrivenOut = true));
      return made;
    };
    let isDrivenOut = false;
    let liar = await lie();
    // The honest one comes back at once and takes its place: it lies until it is heard.
    const isHeard = async (): Promise<boolean> => {
      if (liar.heard.some((text) => text.includes("events.ack"))) return true;
      if (!isDrivenOut) return false;
      isDrivenOut = false;
      liar = await lie();
      return false;
    };
    await expect.poll(isHeard).toBe(true);
    expect(await kinds(run)).toEqual(before);
    liar.end();
    await until(() => world.agentd.connected(), true);
  });

  test.each([
    ["what is not JSON", "{"],
    ["a message that nobody knows", { type: "approve", hold: "H-00000000" }],
    ["another protocol", { ...hello(), protocol: 99 }],
    [
      "a run whose name is a path",
      { type: "run", run: { run: "../../x", phase: "idle", session: null, lastSeq: 0 } },
    ],
    [
      "a number that is none",
      '{"type":"events","run":"run_000000000000","events":[{"seq":1e999,"at":0,"body":{}}]}',
    ],
    [
      "an event of a kind that nobody knows",
      {
        type: "events",
        run: "run_000000000000",
        events: [{ seq: 1, at: 0, body: { kind: "hold.approved" } }],
      },
    ],
    ["more than one message may have", "x".repeat(5 * 1024 * 1024)],
  ])("%s ends its own connection, and nobody else's", async (_what, message) => {
    const liar = await dial(attacker);
    liar.say(message);
    await liar.closed;
    expect(world.agentd.connected()).toBe(true);
  });
});

describe("A8, invariant 4: with all that web's role can write", () => {
  const asWeb = async (sql: string, ...values: unknown[]): Promise<void> => {
    const web = new pg.Client({ connectionString: world.database.urls.web });
    await web.connect();
    try {
      await web.query("SELECT set_config('nightgate.organization_id', $1, false)", [world.organization]);
      await web.query(sql, values);
    } finally {
      await web.end();
    }
  };

  test("a workstation whose id is a path gets no folder, opens nobody else's, and stops nobody", async () => {
    const outside = statSync(dirname(world.socketFolder)).mode;
    for (const [at, id] of ["..", ".", "../other", `${world.workstation}/../x`, "/tmp/x"].entries()) {
      await asWeb(
        "INSERT INTO control.workstations (organization_id, id, name, created_by) VALUES ($1, $2, $3, 'x')",
        world.organization,
        id,
        `path${at}`,
      );
    }
    const db = openJobsDatabase(world.database.urls.runner);
    const known = (await createWorkstationStore(db).all()).map(({ workstation }) => workstation);
    await db.close();
    expect(known.toSorted()).toEqual([world.workstation, attacker, other.workstation].toSorted());
    // One more that is honest: when it has its socket, the others were looked at as well.
    const honest = newId("workstation");
    await asWeb(
      "INSERT INTO control.workstations (organization_id, id, name, created_by) VALUES ($1, $2, 'later', 'x')",
      world.organization,
      honest,
    );
    await until(
      () => folders().toSorted(),
      [world.workstation, attacker, other.workstation, honest].toSorted(),
    );
    expect(statSync(dirname(world.socketFolder)).mode).toBe(outside);
  });

  test("an inbox full of what is no message delays an honest one, and changes nothing", async () => {
    await asWeb(
      `INSERT INTO jobs.inbox (organization_id, body)
       SELECT $1, CASE n % 4 WHEN 0 THEN '{}'::jsonb WHEN 1 THEN 'null' WHEN 2 THEN '{"kind":"run.cancel","run":"../x","person":"x"}'
         ELSE jsonb_build_object('kind', 'job.create', 'prompt', repeat('x', 1000)) END FROM generate_series(1, 400) n`,
      world.organization,
    );
    const { run } = await world.createJob("after the flood");
    await world.until(run, "succeeded");
    const [left] = await world.query<{ open: number; jobs: number }>(
      `SELECT (SELECT count(*)::int FROM jobs.inbox WHERE handled_at IS NULL) AS open,
        (SELECT count(*)::int FROM jobs.jobs WHERE prompt LIKE 'xxx%') AS jobs`,
    );
    expect(left).toEqual({ open: 0, jobs: 0 });
  });

  test("a message that cannot be carried out is told so, and those behind it are not kept waiting", async () => {
    const theirs = newId("job");
    await world.query(
      "INSERT INTO jobs.jobs (organization_id, id, workstation_id, agent, title, prompt, created_by) VALUES ($1, $2, $3, 'claude', 'x', 'x', 'x')",
      [other.organization, theirs, other.workstation],
    );
    const create = {
      kind: "job.create",
      person: world.person,
      workstation: world.workstation,
      agent: "claude",
      repository: null,
      repositoryUrl: null,
      prompt: "x",
    };
    const bad = [
      // A job's id that another organization has: hidden from us, and taken all the same.
      { ...create, job: theirs, run: newId("run") },
      // A run's id that one of our own has.
      {
        ...create,
        job: newId("job"),
        run: (await world.query<{ id: string }>("SELECT id FROM jobs.runs LIMIT 1"))[0]?.id,
      },
      // An instant that no calendar has.
      { ...create, job: newId("job"), run: newId("run"), plan: { dueAt: Number.MAX_SAFE_INTEGER } },
      // A job that needs itself.
      { ...create, job: "job_000000000000", run: newId("run"), plan: { needs: ["job_000000000000"] } },
    ];
    for (const message of bad)
      await asWeb(
        "INSERT INTO jobs.inbox (organization_id, body) VALUES ($1, $2)",
        world.organization,
        JSON.stringify(message),
      );
    const { run } = await world.createJob("behind them");
    await world.until(run, "succeeded");
    const told = "SELECT error FROM jobs.inbox WHERE body ->> 'prompt' = 'x' ORDER BY id";
    for (const { error } of await world.query<{ error: string | null }>(told))
      expect(error).toMatch(/taken already|cannot be kept|not valid|need/i);
    expect(await world.query("SELECT organization_id FROM jobs.jobs WHERE id = $1", [theirs])).toEqual([
      { organization_id: other.organization },
    ]);
  });

  test("a message in one organization's inbox moves no run of another", async () => {
    const { run } = await world.createJob("wait for nobody");
    await world.until(run, "running");
    const web = new pg.Client({ connectionString: world.database.urls.web });
    await web.connect();
    await web.query("SELECT set_config('nightgate.organization_id', $1, false)", [other.organization]);
    for (const kind of ["run.cancel", "run.interrupt"])
      await web.query("INSERT INTO jobs.inbox (organization_id, body) VALUES ($1, $2)", [
        other.organization,
        { kind, run, person: world.person },
      ]);
    await web.end();
    await expect
      .poll(
        async () =>
          await world.query(
            "SELECT error FROM jobs.inbox WHERE organization_id = $1 AND handled_at IS NOT NULL",
            [other.organization],
          ),
      )
      .toHaveLength(2);
    expect(await world.state(run)).toBe("running");
    await world.ask({ kind: "run.cancel", run, person: world.person });
    await world.until(run, "cancelled");
  });
});
