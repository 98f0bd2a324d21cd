/** Takes a night as far as it goes now, in one transaction under its row's lock: asks the chain what comes next, and does that. */
import { advance, type ChainJobSeen, type ChainMove, type EndedRun, isOver } from "@nightgate/chains/advance";
import type { Chain, ChainJob } from "@nightgate/chains/chain";
import type { Fire, NeedResult } from "@nightgate/chains/fire";
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import type { RunState } from "@nightgate/shared/run-states";
import { LIMITS } from "../limits.ts";
import { wishCancel } from "../runs/requests.ts";
import { isTerminal } from "../store/run-store.ts";
import { beginJob } from "./begin-job.ts";
import { type ChainJobRow, type ChainRow, type ChainRunRow, readChain } from "./chain-row.ts";
import type { JobSurroundings, NeedSeen } from "./chain-words.ts";
import { deliver } from "./deliver.ts";
import { exitStatusOf } from "./exit-status.ts";

export interface Advanced {
  /** Runs that have news. */
  touched: string[];
  /** A night of the same chain that may begin now. */
  next: string | null;
}

const NOTHING: Advanced = { touched: [], next: null };

/** Does all that can be done now. Safe to repeat at any time, by any runner. */
export async function advanceNight(tx: JobsTransaction, id: string, now: Date): Promise<Advanced> {
  const known = await tx.jobsChainRuns.findUnique({ where: { id } });
  if (known === null || known.endedAt !== null) return NOTHING;
  // The chain's row first: its nights go one after the other.
  await tx.$executeRaw`SELECT FROM jobs.chains WHERE id = ${known.chainId} FOR UPDATE`;
  await tx.$executeRaw`SELECT FROM jobs.chain_runs WHERE id = ${id} FOR UPDATE`;
  const row = await tx.jobsChains.findUniqueOrThrow({ where: { id: known.chainId } });
  const night = await tx.jobsChainRuns.findUniqueOrThrow({ where: { id } });
  if (night.endedAt !== null || !(await mayGo(tx, night, now))) return NOTHING;
  return await new Night(tx, row, night, now).go();
}

/** Whether it goes: the first of its chain does, and one that is to be ended. */
async function mayGo(tx: JobsTransaction, night: ChainRunRow, now: Date): Promise<boolean> {
  if (night.state !== "queued") return true;
  const [first] = await tx.jobsChainRuns.findMany({
    where: { chainId: night.chainId, endedAt: null },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    take: 1,
    select: { id: true },
  });
  if (first?.id !== night.id) return false;
  await tx.jobsChainRuns.update({ where: { id: night.id }, data: { state: "running", startedAt: now } });
  return true;
}

class Night {
  readonly #tx: JobsTransaction;
  readonly #row: ChainRow;
  readonly #night: ChainRunRow;
  readonly #now: Date;
  readonly #chain: Chain;
  readonly #fire: Fire;
  readonly #touched: string[] = [];
  #jobs = new Map<string, ChainJobRow>();

  constructor(tx: JobsTransaction, row: ChainRow, night: ChainRunRow, now: Date) {
    this.#tx = tx;
    this.#row = row;
    this.#night = night;
    this.#now = now;
    this.#chain = readChain(night.document);
    this.#fire = {
      at: night.fireAt,
      timeZone: night.timeZone,
      reason: night.reason === "schedule" ? "schedule" : "manual",
    };
  }

  async go(): Promise<Advanced> {
    const cancelling = this.#night.state === "cancelling";
    for (;;) {
      const rows = await this.#tx.jobsChainJobs.findMany({
        where: { chainRunId: this.#night.id },
        orderBy: { position: "asc" },
      });
      this.#jobs = new Map(rows.map((row) => [row.key, row]));
      const seen: ChainJobSeen[] = [];
      for (const row of rows) seen.push(await this.#seen(row));
      const { moves, end } = advance(this.#chain, this.#fire, seen, cancelling);
      let failed = false;
      for (const move of moves) failed = (await this.#do(move)) === "failed" || failed;
      // What could not be begun has ended others with it: they are looked at again.
      if (failed) continue;
      return { touched: this.#touched, next: end === null ? null : await this.#finish(end) };
    }
  }

  async #seen({ key, state, triageRunId, runId }: ChainJobRow): Promise<ChainJobSeen> {
    const going = state === "triage" || state === "running";
    return {
      name: key,
      // The table's CHECK constraint has the same list.
      state: state as ChainJobSeen["state"],
      triage: going ? await this.#endedRun(triageRunId) : null,
      run: going ? await this.#endedLast(key, runId) : null,
    };
  }

  /** The run, if it has ended and nothing goes on in its place. */
  async #endedLast(key: string, id: string | null): Promise<EndedRun | null> {
    const run = await this.#endedRun(id);
    if (run === null) return null;
    // A retry is made in the transaction in which the run fails: whoever sees the end sees it, but perhaps only now.
    const row = await this.#tx.jobsChainJobs.findFirst({ where: { chainRunId: this.#night.id, key } });
    return row?.runId === id ? run : null;
  }

  async #endedRun(id: string | null): Promise<EndedRun | null> {
    if (id === null) return null;
    const run = await this.#tx.jobsRuns.findUnique({ where: { id } });
    if (run === null || !isTerminal(run.state as RunState)) return null;
    const { result, error, agent } = run;
    return {
      state: run.state as EndedRun["state"],
      result,
      error,
      exitStatus: agent === "command" ? await exitStatusOf(this.#tx, id) : null,
    };
  }

  async #do(move: ChainMove): Promise<"done" | "failed"> {
    const job = this.#chain.jobs.find(({ name }) => name === move.job);
    if (job === undefined) return "done";
    switch (move.kind) {
      case "begin":
        return await this.#begin(job, move);
      case "end":
        await this.#end(job, move);
        return "done";
      case "cancel":
        await this.#cancel(job);
        return "done";
    }
  }

  async #begin(job: ChainJob, move: BeginMove): Promise<"done" | "failed"> {
    const own = this.#jobs.get(job.name);
    try {
      const run = await beginJob(this.#tx, {
        row: this.#row,
        job,
        phase: move.phase,
        fire: this.#fire,
        results: this.#results(job),
        surroundings: await this.#surroundings(job, move, own?.triageRunId ?? null),
      });
      await this.#write(job.name, {
        state: move.phase === "triage" ? "triage" : "running",
        ...(move.phase === "triage" ? { triageRunId: run } : { runId: run }),
        ...(move.outcome !== null && { triageOutcome: move.outcome }),
        ...(own?.startedAt === null && { startedAt: this.#now }),
      });
      this.#touched.push(run);
      return "done";
    } catch (error) {
      // Its workstation is gone, for example: the job fails, and the night goes on without it.
      if (!(error instanceof Problem)) throw error;
      await this.#end(job, { ...FAILED, job: job.name, error: error.message, outcome: move.outcome });
      return "failed";
    }
  }

  async #surroundings(
    job: ChainJob,
    { outcome }: BeginMove,
    triageRun: string | null,
  ): Promise<JobSurroundings> {
    const triage =
      outcome === null || triageRun === null
        ? null
        : { outcome, output: (await this.#endedRun(triageRun))?.result ?? "" };
    return { chain: this.#row.name, job, fire: this.#fire, needs: this.#needs(job), triage };
  }

  async #end(job: ChainJob, { state, outcome, result, error }: EndMove): Promise<void> {
    const data = {
      state,
      result: result.slice(0, LIMITS.resultCharactersMax),
      error: error.slice(0, LIMITS.resultCharactersMax),
      endedAt: this.#now,
      ...(outcome !== null && { triageOutcome: outcome }),
    };
    await this.#write(job.name, data);
    const own = this.#jobs.get(job.name);
    if (own !== undefined) this.#jobs.set(job.name, { ...own, ...data });
    if (state === "skipped" || state === "cancelled") return;
    const [row, night] = [this.#row, this.#night.id];
    await deliver(this.#tx, { at: this.#now, row, night, job, own: own ?? null, data });
  }

  async #cancel(job: ChainJob): Promise<void> {
    const own = this.#jobs.get(job.name);
    const run = own?.state === "triage" ? own.triageRunId : own?.runId;
    if (run == null) return;
    await wishCancel(this.#tx, run);
    this.#touched.push(run);
  }

  async #finish(end: "succeeded" | "failed" | "cancelled"): Promise<string | null> {
    await this.#tx.jobsChainRuns.update({
      where: { id: this.#night.id },
      data: { state: end, endedAt: this.#now },
    });
    const next = await this.#tx.jobsChainRuns.findFirst({
      where: { chainId: this.#row.id, endedAt: null },
      orderBy: [{ createdAt: "asc" }, { id: "asc" }],
      select: { id: true },
    });
    return next?.id ?? null;
  }

  async #write(key: string, data: Partial<ChainJobRow>): Promise<void> {
    await this.#tx.jobsChainJobs.updateMany({ where: { chainRunId: this.#night.id, key }, data });
  }

  #results(job: ChainJob): ReadonlyMap<string, NeedResult> {
    return new Map(
      this.#needs(job).map(({ name, state }) => [
        name,
        state === "succeeded" || state === "skipped" ? state : "failed",
      ]),
    );
  }

  #needs(job: ChainJob): NeedSeen[] {
    return job.needs.flatMap((name) => {
      const need = this.#jobs.get(name);
      if (need === undefined || !isOver(need.state as ChainJobSeen["state"])) return [];
      const { state, triageOutcome: outcome, result, error } = need;
      return [{ name, state, outcome, result, error }];
    });
  }
}

type BeginMove = Extract<ChainMove, { kind: "begin" }>;
type EndMove = Extract<ChainMove, { kind: "end" }>;
const FAILED = { kind: "end", state: "failed", result: "" } as const;
