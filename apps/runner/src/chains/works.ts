/** Runs that are no agent's: commands, which agentd runs, and builtins, which the runner does itself. The conductor asks here first. */
import type { JobsDatabase, JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import { decideCommand } from "../core/decide-command.ts";
import { decide } from "../core/decide.ts";
import { type Decision, move, type RunSnapshot } from "../core/snapshot.ts";
import { LIMITS } from "../limits.ts";
import { folderOf } from "../runs/repository-folder.ts";
import { isRefusedByDatabase } from "../store/refused-by-database.ts";
import type { RunRow } from "../store/run-row.ts";
import { findRun, moveRun, workedMs } from "../store/run-store.ts";
import type { AgentdLink } from "../workstations/agentd-link.ts";
import { askAgent } from "./ask-agent.ts";
import { type BuiltinDone, type Builtins, builtinNamed } from "./builtins.ts";
import { outputOf } from "./exit-status.ts";
import { agentWork, builtinWork, type CommandWork, commandWork } from "./job-work.ts";

export interface Works {
  /** What becomes of the run; of an agent's, as `decide` says. */
  decide(row: RunRow, snapshot: RunSnapshot, now: Date): Promise<Decision>;
  /** Does a builtin that is at its turn. Answers whether there was one. */
  perform(row: RunRow, now: Date): Promise<boolean>;
  /** Begins what is no agent's. Answers false for an agent's run, which is begun by a prompt. */
  begin(row: RunRow, link: AgentdLink, prompt: string): Promise<boolean>;
  /** The file in which the run's first prompt lies; null for every other prompt. */
  promptFile(row: RunRow, prompt: { id: string; text: string }): Promise<string | null>;
}

/** The works over the runner's own schema. */
export function createWorks(db: JobsDatabase, builtins: Builtins): Works {
  const asOwner = async <Result>(
    row: RunRow,
    work: (tx: JobsTransaction) => Promise<Result>,
  ): Promise<Result> => await db.asOrganization(row.organization, work);
  const workOf = async (row: RunRow): Promise<unknown> =>
    await asOwner(row, async (tx) => (await tx.jobsJobs.findUnique({ where: { id: row.job } }))?.work);
  return {
    decide: async (row, snapshot, now) => {
      if (row.agent !== "command") return decide(snapshot, now);
      const { accepts } = readCommand(await workOf(row));
      const output =
        row.state === "running" ? await asOwner(row, async (tx) => await outputOf(tx, row.id)) : "";
      return decideCommand(snapshot, { accepts, output }, now);
    },
    perform: async (row, now) => {
      if (row.agent !== "builtin" || row.state !== "running") return false;
      await perform(db, builtins, row, now);
      return true;
    },
    begin: async (row, link, prompt) => {
      if (row.agent === "builtin") return true;
      if (row.agent !== "command") return false;
      const job = await asOwner(
        row,
        async (tx) => await tx.jobsJobs.findUniqueOrThrow({ where: { id: row.job } }),
      );
      await sendCommand(row, link, prompt, { work: readCommand(job.work), url: job.repositoryUrl });
      return true;
    },
    promptFile: async (row, prompt) => {
      const job = await asOwner(row, async (tx) => await tx.jobsJobs.findUnique({ where: { id: row.job } }));
      const parsed = agentWork.safeParse(job?.work);
      // What the job itself says comes with its file: the first time, at a retry, and when a person runs it again.
      const isOwn = prompt.id === `chain-${row.id}` || prompt.text === job?.prompt;
      return parsed.success && isOwn ? (parsed.data.file ?? null) : null;
    },
  };
}

function readCommand(work: unknown): CommandWork {
  const parsed = commandWork.safeParse(work);
  if (parsed.success) return parsed.data;
  throw new Problem("input.invalid", { why: "the job's command cannot be read" });
}

async function sendCommand(
  row: RunRow,
  link: AgentdLink,
  prompt: string,
  { work, url }: { work: CommandWork; url: string | null },
): Promise<void> {
  const { accepts: _accepts, ...command } = work;
  await link.send({
    type: "command.run",
    id: `command-${prompt}-${row.epoch}`,
    run: row.id,
    prompt,
    repository: url === null ? null : { url, folder: folderOf(url) },
    ...command,
    outputBytesMax: LIMITS.commandOutputBytesMax,
    after: row.lastSeq,
  });
  const id = `follow-${row.id}-${row.epoch}`;
  await link.send({ type: "events.follow", id, run: row.id, after: row.lastSeq });
}

/** Once, and whole: what it changes and the end of its run are one transaction (invariant 10). */
async function perform(db: JobsDatabase, builtins: Builtins, row: RunRow, now: Date): Promise<void> {
  const end = async (to: "failed" | "timed_out", error: string): Promise<void> =>
    void (await db.asOrganization(
      row.organization,
      async (tx) => await moveRun(tx, row, move(to, { error })),
    ));
  if (workedMs(row, now) > row.timeoutMs) return await end("timed_out", "It could not be done in its time.");
  try {
    await db.asOrganization(row.organization, async (tx) => {
      await tx.$executeRaw`SELECT FROM jobs.runs WHERE id = ${row.id} FOR UPDATE`;
      const fresh = await findRun(tx, row.id);
      if (fresh === null || fresh.state !== "running" || fresh.epoch !== row.epoch) return;
      const { result, prompt } = await doBuiltin(tx, builtins, row, now);
      if (prompt !== null) await askAgent(tx, row, prompt);
      await moveRun(tx, fresh, move("succeeded", { result }));
    });
  } catch (error) {
    if (!(error instanceof Problem) && !isRefusedByDatabase(error)) throw error;
    await end("failed", error instanceof Error ? error.message : String(error));
  }
}

async function doBuiltin(
  tx: JobsTransaction,
  builtins: Builtins,
  row: RunRow,
  now: Date,
): Promise<BuiltinDone> {
  const job = await tx.jobsJobs.findUniqueOrThrow({ where: { id: row.job } });
  const work = builtinWork.parse(job.work);
  return await builtinNamed(builtins, work.builtin)(tx, {
    organization: row.organization,
    run: row.id,
    with: work.with,
    now,
  });
}
