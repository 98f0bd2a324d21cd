/** Verbs' handlers over a database of their own, without a runner: each call is one transaction, as the desk makes it, at an instant of the test's own. */
import { type JobsDatabase, type JobsTransaction, openJobsDatabase } from "@nightgate/db/jobs";
import { cloneDatabase, type TestDatabase, type TestServer } from "@nightgate/db/testing";
import { newId } from "@nightgate/shared/ids";
import { VERBS, type VerbName } from "@nightgate/shared/verbs/verbs";
import pg from "pg";
import type { VerbCaller } from "../verbs/caller.ts";
import { handlerOf } from "../verbs/handlers.ts";

/** An organization with a run on each of two workstations, `box` and `other`, each with a repository. */
export interface Tenant {
  organization: string;
  person: VerbCaller;
  agent: VerbCaller;
  elsewhere: VerbCaller;
}

export class HandlerWorld {
  readonly database: TestDatabase;
  readonly #db: JobsDatabase;
  readonly #behind: pg.Pool;
  /** Milliseconds since the epoch; each call is a second later. */
  now = Date.parse("2026-11-21T22:00:00Z");

  constructor(database: TestDatabase) {
    this.database = database;
    this.#db = openJobsDatabase(database.urls.runner);
    this.#behind = new pg.Pool({ connectionString: database.urls.superuser, max: 2 });
  }

  async close(): Promise<void> {
    await this.#db.close();
    await this.#behind.end();
    await this.database.drop();
  }

  /** Looks behind the curtain. */
  async query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#behind.query<Row>(sql, values)).rows;
  }

  async inside<Result>(
    organization: string,
    work: (tx: JobsTransaction) => Promise<Result>,
  ): Promise<Result> {
    return await this.#db.asOrganization(organization, work);
  }

  /** As the desk does it, by the verb's own schemas. */
  async ask(caller: VerbCaller, verb: VerbName, args: object): Promise<Record<string, unknown>> {
    this.now += 1_000;
    const at = new Date(this.now);
    const parsed = VERBS[verb].args.parse(args) as Record<string, unknown>;
    const answered = await this.inside(
      caller.organization,
      async (tx) => await handlerOf(verb)(tx, caller, parsed, at),
    );
    return VERBS[verb].result.parse(answered.result) as Record<string, unknown>;
  }

  async found(): Promise<Tenant> {
    const [organization, person] = [newId("organization"), newId("person")];
    const named = "(organization_id, name) VALUES ($1, 'Night shift')";
    await this.query(`INSERT INTO control.organizations ${named}`, [organization]);
    await this.query(
      "INSERT INTO gate.organizations (organization_id, name, log_root) VALUES ($1, 'Night shift', '')",
      [organization],
    );
    await this.query(
      "INSERT INTO control.members (organization_id, person_id, name, role) VALUES ($1, $2, 'Ada', 'member')",
      [organization, person],
    );
    const nobody = {
      organization,
      workstation: null,
      run: null,
      person: null,
      role: null,
      call: newId("run"),
    };
    const on = async (name: string): Promise<VerbCaller> => ({
      ...nobody,
      ...(await this.#addRun(organization, name)),
    });
    const [agent, elsewhere] = [await on("box"), await on("other")];
    return { organization, agent, elsewhere, person: { ...nobody, person, role: "member" } };
  }

  async #addRun(organization: string, name: string): Promise<{ workstation: string; run: string }> {
    const [workstation, run] = [newId("workstation"), newId("run")];
    await this.query(
      "INSERT INTO control.workstations (organization_id, id, name, created_by) VALUES ($1, $2, $3, 'per_x')",
      [organization, workstation, name],
    );
    await this.addJob({ organization, workstation, run, title: `A job on ${name}`, state: "running" });
    return { workstation, run };
  }

  /** A job with one run. */
  async addJob(job: {
    organization: string;
    workstation: string;
    run: string;
    title: string;
    state: string;
  }): Promise<string> {
    const id = newId("job");
    await this.query(
      `INSERT INTO jobs.jobs (organization_id, id, workstation_id, agent, repository_id, title, prompt, created_by)
       VALUES ($1, $2, $3, 'claude', $4, $5, $5, 'per_x')`,
      [job.organization, id, job.workstation, newId("resource"), job.title],
    );
    await this.query(
      "INSERT INTO jobs.runs (organization_id, id, job_id, workstation_id, agent, state) VALUES ($1, $2, $3, $4, 'claude', $5)",
      [job.organization, job.run, id, job.workstation, job.state],
    );
    return id;
  }
}

/** Makes the database. Close it afterwards. */
export async function handlerWorld(
  server: Pick<TestServer, "superuserUrl" | "passwordsFile">,
): Promise<HandlerWorld> {
  return new HandlerWorld(await cloneDatabase(server));
}
