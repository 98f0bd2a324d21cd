/** A runner over a database of its own and one workstation with a scripted agentd: what the pg tests start, and take down again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJobsDatabase, type JobsDatabase } from "@nightgate/db/jobs";
import { cloneDatabase, type TestDatabase, type TestServer } from "@nightgate/db/testing";
import { systemClock } from "@nightgate/shared/clock";
import { newId } from "@nightgate/shared/ids";
import type { JobPlan, JobsInboxMessage } from "@nightgate/shared/jobs-inbox";
import pg from "pg";
import { pino } from "pino";
import { type Runner, startRunner } from "../runner.ts";
import { type Play, type ScriptedAgentd, scriptedAgentd } from "./scripted-agentd.ts";

export interface RunnerWorld {
  organization: string;
  workstation: string;
  person: string;
  agentd: ScriptedAgentd;
  database: TestDatabase;
  /** Where each workstation's socket is, in a folder of its own. */
  socketFolder: string;
  /** Asks as web does. Answers the inbox row's id. */
  ask(message: JobsInboxMessage): Promise<string>;
  /** Asks for a new job and answers its ids. */
  createJob(prompt?: string, plan?: JobPlan): Promise<{ job: string; run: string }>;
  state(run: string): Promise<string>;
  until(run: string, state: string): Promise<void>;
  /** Looks behind the curtain. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Opens a hold of the run, as the gate would. */
  hold(run: string, state?: string): Promise<string>;
  settleHold(hold: string, state: string, words?: string): Promise<void>;
  stopRunner(): Promise<void>;
  startRunner(): Promise<void>;
  close(): Promise<void>;
}

/** Starts it all. `play` is what the agent does in each turn. */
export async function runnerWorld(
  server: Pick<TestServer, "superuserUrl" | "passwordsFile">,
  play: Play,
): Promise<RunnerWorld> {
  const database = await cloneDatabase(server);
  const folder = mkdtempSync(join(tmpdir(), "nightgate-runner-"));
  const behind = new pg.Pool({ connectionString: database.urls.superuser, max: 2 });
  const organization = newId("organization");
  const workstation = newId("workstation");
  const person = newId("person");
  await found(behind, { organization, workstation, person });
  let runner: Runner | null = null;
  let db: JobsDatabase | null = null;
  const query = async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> =>
    (await behind.query<Row>(sql, values)).rows;
  const state = async (run: string): Promise<string> =>
    (await query<{ state: string }>("SELECT state FROM jobs.runs WHERE id = $1", [run]))[0]?.state ?? "none";
  const agentd = scriptedAgentd(join(folder, workstation, "runner.sock"), play);
  const ask = async (message: unknown): Promise<string> =>
    (
      await query<{ id: string }>(
        "INSERT INTO jobs.inbox (organization_id, body) VALUES ($1, $2) RETURNING id",
        [organization, message],
      )
    )[0]?.id ?? "";
  const world: RunnerWorld = {
    organization,
    workstation,
    person,
    agentd,
    database,
    socketFolder: folder,
    ask,
    query,
    state,
    createJob: async (prompt = "Add a line and push it", plan?: JobPlan) => {
      const ids = { job: newId("job"), run: newId("run") };
      await ask({
        kind: "job.create",
        ...ids,
        person,
        workstation,
        agent: "claude",
        repository: null,
        repositoryUrl: null,
        prompt,
        ...(plan !== undefined && { plan }),
      });
      return ids;
    },
    until: async (run, wanted) => await until(async () => await state(run), wanted),
    hold: async (run, held = "pending") => {
      const id = newId("hold");
      await query(
        `INSERT INTO gate.holds (organization_id, id, kind, state, action, action_digest, card, workstation_id, run_id, expires_at, ended_at)
         VALUES ($1, $2, 'git.push', $3, '{}', $2, '{"title": "Push 1 commit to main"}', $4, $5, now() + interval '1 day', CASE WHEN $3 = 'pending' THEN NULL ELSE now() END)`,
        [organization, id, held, workstation, run],
      );
      return id;
    },
    settleHold: async (hold, settled, words = "") =>
      void (await query(
        "UPDATE gate.holds SET state = $2, words = $3, decided_by = $4, decided_at = now(), ended_at = now() WHERE id = $1",
        [hold, settled, words, settled === "expired" ? null : person],
      )),
    stopRunner: async () => {
      await runner?.stop();
      await db?.close();
      runner = null;
      db = null;
    },
    startRunner: async () => {
      db = openJobsDatabase(database.urls.runner);
      runner = await startRunner({
        db,
        databaseUrl: database.urls.runner,
        socketFolder: folder,
        clock: systemClock,
        log: pino({ level: "silent" }),
      });
    },
    close: async () => {
      agentd.stop();
      await world.stopRunner();
      await behind.end();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await world.startRunner();
  return world;
}

async function found(
  behind: pg.Pool,
  { organization, workstation, person }: { organization: string; workstation: string; person: string },
): Promise<void> {
  await behind.query("INSERT INTO control.organizations (organization_id, name) VALUES ($1, 'Night shift')", [
    organization,
  ]);
  await behind.query("INSERT INTO control.organization_directory (id) VALUES ($1)", [organization]);
  await behind.query(
    "INSERT INTO control.members (organization_id, person_id, name, role) VALUES ($1, $2, 'Ada', 'owner')",
    [organization, person],
  );
  await behind.query(
    "INSERT INTO control.workstations (organization_id, id, name, created_by) VALUES ($1, $2, 'box', $3)",
    [organization, workstation, person],
  );
  await behind.query(
    "INSERT INTO gate.organizations (organization_id, name, log_root) VALUES ($1, 'Night shift', '')",
    [organization],
  );
}

/** Waits until `read` answers `wanted`; says what it last answered when it does not come to that. */
export async function until<Value>(
  read: () => Promise<Value> | Value,
  wanted: Value,
  ms = 15_000,
): Promise<void> {
  const deadline = Date.now() + ms;
  let seen = await read();
  while (JSON.stringify(seen) !== JSON.stringify(wanted)) {
    if (Date.now() > deadline)
      throw new Error(`Waited for ${JSON.stringify(wanted)}, but it is ${JSON.stringify(seen)}.`);
    await systemClock.wait(25);
    seen = await read();
  }
}

/** An agent that says what it was told, and ends its turn. */
export const obedient: Play = async ({ text, say }) => {
  say({ kind: "agent.message", text: `I did: ${text}` });
  return { stopReason: "end_turn" };
};
