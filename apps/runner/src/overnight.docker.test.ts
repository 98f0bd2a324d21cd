/** The whole inner half for real: the runner's own process, Postgres, a workstation with agentd and claude. Everything that can die does. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scriptedModel } from "@nightgate/agentd/testing/scripted-model";
import type { ScriptedReply, ScriptedTurn } from "@nightgate/agentd/testing/scripted-reply";
import { type StubGate, startStubGate } from "@nightgate/agentd/testing/stub-gate";
import {
  testAuthority,
  testEnvironment,
  testRepository,
  testWorkstation,
} from "@nightgate/agentd/testing/workstation";
import { cloneDatabase, startTestServer, type TestDatabase, type TestServer } from "@nightgate/db/testing";
import { newId } from "@nightgate/shared/ids";
import { until } from "@nightgate/testkit/until";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";

const organization = newId("organization");
const workstationId = newId("workstation");
const person = newId("person");
const workstation = testWorkstation(workstationId, inject("nightgateEngine"));
const authority = testAuthority("a.example.com");
let script: (turn: ScriptedTurn) => ScriptedReply;
const model = scriptedModel((turn) => script(turn));
let repositories: string;
let server: TestServer;
let database: TestDatabase;
let behind: pg.Pool;
let gate: StubGate;
let runner: ChildProcess;

const startRunner = async (): Promise<void> => {
  const env = { ...process.env, NIGHTGATE_HOME: workstation.home, DATABASE_URL: database.urls.runner };
  runner = spawn(process.execPath, [fileURLToPath(new URL("main.ts", import.meta.url))], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  if (runner.stdout) await once(runner.stdout, "data");
};
const killRunner = async (): Promise<void> => {
  const gone = once(runner, "exit");
  runner.kill("SIGKILL");
  await gone;
};
const startGate = async (): Promise<void> => {
  gate = await startStubGate({
    socketPath: workstation.gateSocket,
    caPem: authority.ca,
    environment: testEnvironment(workstationId),
    model,
    repositories,
  });
};

beforeAll(async () => {
  repositories = mkdtempSync(join(tmpdir(), "nightgate-repositories-"));
  testRepository(repositories, "res_repository");
  server = await startTestServer();
  database = await cloneDatabase(server);
  behind = new pg.Pool({ connectionString: database.urls.superuser, max: 2 });
  await behind.query("INSERT INTO control.organizations (organization_id, name) VALUES ($1, 'Night shift')", [
    organization,
  ]);
  await behind.query("INSERT INTO control.organization_directory (id) VALUES ($1)", [organization]);
  await behind.query(
    "INSERT INTO control.workstations (organization_id, id, name, created_by) VALUES ($1, $2, 'box', $3)",
    [organization, workstationId, person],
  );
  await startGate();
  await startRunner();
  workstation.start();
});

afterAll(async () => {
  await killRunner();
  await gate.stop();
  workstation.remove();
  await behind.end();
  await server.stop();
  rmSync(repositories, { recursive: true });
});

const begin = async (prompt: string): Promise<string> => {
  const run = newId("run");
  const body = {
    kind: "job.create",
    job: newId("job"),
    run,
    person,
    workstation: workstationId,
    agent: "claude",
    repository: newId("resource"),
    repositoryUrl: "https://git.example.com/acme/sample",
    prompt,
  };
  await behind.query("INSERT INTO jobs.inbox (organization_id, body) VALUES ($1, $2)", [organization, body]);
  return run;
};
const state = async (run: string): Promise<string> =>
  (await behind.query<{ state: string }>("SELECT state FROM jobs.runs WHERE id = $1", [run])).rows[0]
    ?.state ?? "none";
const becomes = async (run: string, wanted: string): Promise<void> => {
  try {
    await until(`${run} to be ${wanted}`, 90_000, async () => (await state(run)) === wanted);
  } catch (cause) {
    const told = (await events(run)).slice(-12).map(({ body }) => JSON.stringify(body));
    throw new Error(`${run} is ${await state(run)}. Its last events:\n${told.join("\n")}`, { cause });
  }
};
interface Row {
  seq: number;
  body: { kind: string; status?: string; output?: string; text?: string };
}
const events = async (run: string): Promise<Row[]> =>
  (await behind.query<Row>("SELECT seq, body FROM jobs.events WHERE run_id = $1 ORDER BY seq", [run])).rows;
const outputs = async (run: string): Promise<string[]> =>
  (await events(run)).flatMap(({ body }) =>
    body.kind === "tool" && body.status === "completed" ? [body.output ?? ""] : [],
  );
const numbered = (rows: Row[]): void =>
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));

/** Takes so many steps, one tool call each, then says that it is done. */
const steps =
  (count: number): typeof script =>
  ({ toolResults }) =>
    toolResults < count
      ? { tool: "Bash", input: { command: `echo step ${toolResults}; sleep 0.3`, description: "Step" } }
      : { text: "All steps done." };

test("invariant 10: the runner is killed twice in mid-run; the run ends well, with each event once", async () => {
  script = steps(15);
  const run = await begin("Take fifteen steps");
  for (const kill of [1, 2]) {
    await until(`steps before kill ${kill}`, 60_000, async () => (await outputs(run)).length >= kill * 4);
    await killRunner();
    await startRunner();
  }
  await becomes(run, "succeeded");
  numbered(await events(run));
  expect(await outputs(run)).toEqual(Array.from({ length: 15 }, (_, index) => `step ${index}`));
  expect(
    (await behind.query<{ result: string }>("SELECT result FROM jobs.runs WHERE id = $1", [run])).rows,
  ).toEqual([{ result: "All steps done." }]);
});

test("invariant 10: the gate restarts in mid-stream; the agent goes on with the same turn", async () => {
  let broken = 0;
  script = (turn) => {
    if (turn.toolResults === 2 && broken < 1) {
      broken += 1;
      return { breaks: true };
    }
    return steps(4)(turn);
  };
  const run = await begin("Take four steps");
  await until("the stream to break", 60_000, () => broken > 0);
  await gate.stop();
  await startGate();
  await becomes(run, "succeeded");
  numbered(await events(run));
  expect((await outputs(run)).at(-1)).toBe("step 3");
});

test("the workstation restarts in mid-run; the session is resumed and the task is finished", async () => {
  script = (turn) =>
    turn.lastWords.includes("workstation was restarted")
      ? { text: "Finished after the restart." }
      : { tool: "Bash", input: { command: "tail -f /dev/null", description: "Wait" } };
  const run = await begin("Remember the word aubergine");
  await until("the tool to run", 60_000, async () =>
    (await events(run)).some(({ body }) => body.kind === "tool"),
  );
  workstation.restart();
  await becomes(run, "succeeded");
  numbered(await events(run));
  expect(JSON.stringify(model.seen.at(-1)?.turn.body)).toContain("aubergine");
  const kinds = (await events(run)).map(({ body }) => body.kind);
  expect(kinds.filter((kind) => kind === "session.started")).toHaveLength(2);
});

test("a claude orchestrator and a codex worker on another workstation: a job, a question back, and the job's end", async () => {
  const workerId = newId("workstation");
  await behind.query(
    "INSERT INTO control.workstations (organization_id, id, name, created_by) VALUES ($1, $2, 'worker', $3)",
    [organization, workerId, person],
  );
  const worker = testWorkstation(workerId, inject("nightgateEngine"), workstation.home);
  const workersGate = await startStubGate({
    socketPath: worker.gateSocket,
    caPem: authority.ca,
    environment: testEnvironment(workerId),
    model,
    repositories,
  });
  worker.start();
  try {
    script = ({ lastWords, toolResults }) => {
      const question = /^Question (msg_\w+)/.exec(lastWords)?.[1];
      const command = {
        "Conduct the migration":
          "nightgate jobs create --workstation worker --agent codex --repository none --notify 'Migrate the sample'",
        "Migrate the sample": "nightgate peer ask box/conduct-the-migration 'Which version?'",
      }[lastWords];
      if (toolResults === 0 && command !== undefined) return { command };
      if (toolResults === 0 && question !== undefined)
        return { command: `nightgate peer answer ${question} 'Version 2'` };
      if (lastWords.includes("> Version 2")) return { text: "Migrated to version 2." };
      return { text: lastWords.startsWith("The job that you began") ? "All is migrated." : "I wait." };
    };
    const run = await begin("Conduct the migration");
    await becomes(run, "succeeded");
    const { rows } = await behind.query<{ id: string; agent: string; state: string; result: string }>(
      "SELECT id, agent, state, result FROM jobs.runs WHERE workstation_id = $1",
      [workerId],
    );
    expect(rows).toMatchObject([{ agent: "codex", state: "succeeded", result: "Migrated to version 2." }]);
    const told = (await events(run)).flatMap(({ body }) => (body.kind === "prompt" ? [body.text ?? ""] : []));
    expect(told).toEqual([
      "Conduct the migration",
      expect.stringContaining("> Which version?"),
      expect.stringContaining("> Migrated to version 2."),
    ]);
    numbered(await events(run));
  } finally {
    await workersGate.stop();
    worker.remove();
  }
});

test("invariant 10: an agent makes a job from its shell and waits for it; the runner dies meanwhile, and it is made once", async () => {
  const command = "nightgate jobs create 'Take four steps' --repository none --wait --json";
  script = (turn) => {
    if (turn.lastWords !== "Orchestrate") return steps(4)(turn);
    return turn.toolResults === 0
      ? { tool: "Bash", input: { command, description: "Hand it on" } }
      : { text: "Handed on and done." };
  };
  const run = await begin("Orchestrate");
  const children = async (): Promise<string[]> =>
    (
      await behind.query<{ id: string }>(
        "SELECT r.id FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id WHERE j.parent_run_id = $1",
        [run],
      )
    ).rows.map(({ id }) => id);
  await until("the child to be at work", 60_000, async () => {
    const [child] = await children();
    return child !== undefined && (await outputs(child)).length > 0;
  });
  await killRunner();
  await startRunner();
  await becomes(run, "succeeded");
  expect(await children()).toHaveLength(1);
  const [output = ""] = await outputs(run);
  expect(JSON.parse(output)).toMatchObject({
    done: true,
    failed: false,
    jobs: [{ title: "Take four steps", state: "succeeded", result: "All steps done." }],
  });
});
