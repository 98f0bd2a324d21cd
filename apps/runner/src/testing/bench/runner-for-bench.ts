/** The runner in a process of its own, over a database of its own, with workstations whose agents are scripted: what the benches of the night measure. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cloneDatabase, startTestServer } from "@nightgate/db/testing";
import { newId } from "@nightgate/shared/ids";
import type { JobPlan } from "@nightgate/shared/jobs-inbox";
import pg from "pg";
import { type Play, scriptedAgentd } from "../scripted-agentd.ts";

const RUNNER = fileURLToPath(new URL("../../main.ts", import.meta.url));
const CONNECTIONS = 4;
/** USER_HZ, in which /proc counts (proc(5)). */
const TICKS_PER_SECOND = 100;

export interface RunnerForBench {
  organization: string;
  /** As the runner's own role connects. */
  databaseUrl: string;
  /** Adds an organization with a person in it. */
  found(): Promise<{ organization: string; person: string }>;
  /** A workstation whose agentd plays `play`; null for one that is not connected. */
  workstation(play: Play | null): Promise<Workstation>;
  /** Asks for jobs as web does. Answers the ids of their first runs. */
  createJobs(workstation: string, count: number, plan?: (at: number) => JobPlan): Promise<string[]>;
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Starts the runner; resolves when it is ready. */
  start(): Promise<void>;
  /** SIGKILL, at once. */
  kill(): Promise<void>;
  /** Processor seconds that the runner has used. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

export interface Workstation {
  id: string;
  agentd: ReturnType<typeof scriptedAgentd> | null;
}

/** An agent that is done at once. */
export const atOnce: Play = async () => ({ stopReason: "end_turn" });

/** Brings it up, lets `measure` work, and takes all of it down. */
export async function withRunner<Result>(
  measure: (bench: RunnerForBench) => Promise<Result>,
): Promise<Result> {
  const server = await startTestServer();
  const database = await cloneDatabase(server);
  const home = mkdtempSync(join(tmpdir(), "nightgate-bench-runner-"));
  const behind = new pg.Pool({ connectionString: database.urls.superuser, max: CONNECTIONS });
  const agentds: { stop(): void }[] = [];
  let named = 0;
  const process = runnerProcess({ home, databaseUrl: database.urls.runner });
  const query: RunnerForBench["query"] = async <Row extends pg.QueryResultRow>(
    sql: string,
    values: unknown[] = [],
  ) => (await behind.query<Row>(sql, values)).rows;
  const found = async (): Promise<{ organization: string; person: string }> => await foundOrganization(query);
  const { organization, person } = await found();
  try {
    return await measure({
      organization,
      databaseUrl: database.urls.runner,
      found,
      query,
      ...process,
      workstation: async (play) => {
        const id = newId("workstation");
        await query(
          "INSERT INTO control.workstations (organization_id, id, name, created_by) VALUES ($1, $2, $3, $4)",
          [organization, id, `bench-${(named += 1)}`, person],
        );
        const folder = join(home, "runner/sockets", id);
        mkdirSync(folder, { recursive: true });
        const agentd = play === null ? null : scriptedAgentd(join(folder, "runner.sock"), play);
        if (agentd !== null) agentds.push(agentd);
        return { id, agentd };
      },
      createJobs: async (workstation, count, plan) => {
        const runs = Array.from({ length: count }, () => newId("run"));
        const messages = runs.map((run, at) => ({
          kind: "job.create",
          job: newId("job"),
          run,
          person,
          workstation,
          agent: "claude",
          repository: null,
          repositoryUrl: null,
          prompt: `Task ${at}`,
          ...(plan !== undefined && { plan: plan(at) }),
        }));
        await query(
          "INSERT INTO jobs.inbox (organization_id, body) SELECT $1, value FROM jsonb_array_elements($2::jsonb)",
          [organization, JSON.stringify(messages)],
        );
        return runs;
      },
    });
  } finally {
    for (const agentd of agentds) agentd.stop();
    await process.stop();
    await behind.end();
    await database.drop();
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

async function foundOrganization(
  query: RunnerForBench["query"],
): Promise<{ organization: string; person: string }> {
  const [organization, person] = [newId("organization"), newId("person")];
  await query("INSERT INTO control.organizations (organization_id, name) VALUES ($1, 'Bench')", [
    organization,
  ]);
  await query("INSERT INTO control.organization_directory (id) VALUES ($1)", [organization]);
  await query(
    "INSERT INTO control.members (organization_id, person_id, name, role) VALUES ($1, $2, 'Ada', 'owner')",
    [organization, person],
  );
  await query("INSERT INTO gate.organizations (organization_id, name, log_root) VALUES ($1, 'Bench', '')", [
    organization,
  ]);
  return { organization, person };
}

function runnerProcess({
  home,
  databaseUrl,
}: {
  home: string;
  databaseUrl: string;
}): Pick<RunnerForBench, "start" | "kill" | "cpuSeconds" | "stop"> {
  let child: ChildProcess | null = null;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  };
  return {
    start: async () => {
      const started = spawn(process.execPath, [RUNNER], {
        env: {
          PATH: process.env["PATH"] ?? "",
          NIGHTGATE_HOME: home,
          DATABASE_URL: databaseUrl,
          NODE_COMPILE_CACHE: join(home, "cache"),
        },
        stdio: ["ignore", "pipe", "ignore"],
      });
      child = started;
      const ready = await Promise.race([
        once(started.stdout, "data").then(() => true),
        once(started, "exit").then(() => false),
      ]);
      if (!ready) throw new Error("The runner ended before it was ready");
    },
    kill: async () => await end("SIGKILL"),
    stop: async () => await end("SIGTERM"),
    cpuSeconds: () => {
      const stat = readFileSync(`/proc/${child?.pid}/stat`, "latin1");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    },
  };
}
