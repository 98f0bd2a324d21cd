/** Begins a job of a night: its lasting job with the words of this night, and a run of it. */
import type { ChainJob, ChainWork } from "@nightgate/chains/chain";
import { type Fire, type NeedResult, surroundingsOf } from "@nightgate/chains/fire";
import { fill, type Template } from "@nightgate/chains/templates";
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { recall } from "../memory/recall.ts";
import { AT_ONCE, createRun, latestRun } from "../store/new-run.ts";
import { chainPlan } from "./chain-plan.ts";
import type { ChainRow } from "./chain-row.ts";
import { commandVariables, type JobSurroundings, nightWords } from "./chain-words.ts";
import { chainJobId } from "./fixed-ids.ts";
import type { AgentWork, BuiltinWork, CommandWork } from "./job-work.ts";

export interface BeginOptions {
  row: ChainRow;
  job: ChainJob;
  phase: "triage" | "work";
  fire: Fire;
  /** As expressions see them. */
  results: ReadonlyMap<string, NeedResult>;
  surroundings: JobSurroundings;
}

/** Answers the run. Problem where its workstation is gone. */
export async function beginJob(tx: JobsTransaction, options: BeginOptions): Promise<string> {
  const { row, job, phase } = options;
  const id = chainJobId(row.id, job.name, phase);
  const work = workOf(options);
  const locks = phase === "triage" ? [] : job.locks;
  const data = {
    ...placeOf(row, job),
    agent: work.agent,
    kind: work.kind,
    work: work.work,
    prompt: work.prompt,
    title: `${row.name}: ${job.name}${phase === "triage" ? " (triage)" : ""}`.slice(0, 200),
    timeoutSeconds: work.timeoutSeconds,
    retriesMax: phase === "triage" ? 0 : job.retries.max,
    backoffSeconds: job.retries.backoff === "none" ? 1 : job.retries.backoffSeconds,
    locks,
    keepsLocks: phase === "work" && job.keepLocks,
  };
  await tx.jobsJobs.upsert({
    where: { id },
    create: { organizationId: row.organizationId, id, createdBy: row.createdBy, ...data },
    update: data,
  });
  const before = job.continuity === "resume" && phase === "work" ? await latestRun(tx, id) : null;
  const run = newId("run");
  const first = { id: `chain-${run}`, text: work.prompt, source: "platform" as const, hold: null };
  const { organizationId } = row;
  const session = before?.session ?? null;
  await createRun(tx, organizationId, { ...AT_ONCE, job: id, run, session, prompt: work.prompt, first });
  if (work.kind === "agent" && job.memory.includes("read")) await remind(tx, row, { id, run }, work.prompt);
  return run;
}

/** Lays in front of the prompt what is remembered. The run has to be there: it is counted as having used it. */
async function remind(
  tx: JobsTransaction,
  { organizationId }: ChainRow,
  { id, run }: { id: string; run: string },
  prompt: string,
): Promise<void> {
  const { repositoryId } = await tx.jobsJobs.findUniqueOrThrow({ where: { id } });
  const memories = await recall(tx, organizationId, { run, repository: repositoryId, prompt }, new Date());
  if (memories === "") return;
  const text = `${memories}${prompt}`;
  await tx.jobsPrompts.update({ where: { id: `chain-${run}` }, data: { text } });
  await tx.jobsJobs.update({ where: { id }, data: { prompt: text } });
}

/** As it was applied last; a job that is not in there any more runs where its chain does. */
function placeOf(
  { plan, workstationId, repositoryId, repositoryUrl }: ChainRow,
  { name }: ChainJob,
): { workstationId: string; repositoryId: string | null; repositoryUrl: string | null } {
  const place = chainPlan.parse(plan).jobs.find((each) => each.name === name);
  if (place === undefined) return { workstationId, repositoryId, repositoryUrl };
  const { workstation, repositoryId: id, repositoryUrl: url } = place;
  return { workstationId: workstation, repositoryId: id, repositoryUrl: url };
}

interface Work {
  kind: "agent" | "command" | "builtin";
  agent: string;
  prompt: string;
  timeoutSeconds: number;
  work: CommandWork | BuiltinWork | AgentWork;
}

/** A little later than agentd ends the command by itself: so its own word of it arrives. */
const COMMAND_SPARE_SECONDS = 15;

function workOf({ row, job, phase, fire, results, surroundings }: BeginOptions): Work {
  const { work } = job;
  if (phase === "triage" && work.kind === "agent" && work.triage !== null) {
    const { run, timeoutSeconds } = work.triage;
    return commandOf(row, run, timeoutSeconds, commandVariables(surroundings), [0, 1, 2]);
  }
  switch (work.kind) {
    case "command":
      return commandOf(row, work.run, job.timeoutSeconds, commandVariables(surroundings), [0]);
    case "builtin":
      return {
        kind: "builtin",
        agent: "builtin",
        prompt: work.builtin,
        timeoutSeconds: job.timeoutSeconds,
        work: { builtin: work.builtin, agent: work.agent, with: filled(work, job, fire, results) },
      };
    case "agent":
      return agentOf(row, work, job, { fire, results, surroundings });
  }
}

function commandOf(
  { folder }: ChainRow,
  command: string,
  timeoutSeconds: number,
  env: Record<string, string>,
  accepts: number[],
): Work {
  return {
    kind: "command",
    agent: "command",
    prompt: command,
    timeoutSeconds: timeoutSeconds + COMMAND_SPARE_SECONDS,
    work: { folder, command, env, timeoutSeconds, accepts },
  };
}

function agentOf(
  { folder }: ChainRow,
  work: Extract<ChainWork, { kind: "agent" }>,
  job: ChainJob,
  { fire, results, surroundings }: Pick<BeginOptions, "fire" | "results" | "surroundings">,
): Work {
  const words = nightWords(surroundings);
  const { prompt } = work;
  const own = "text" in prompt ? String(value(prompt.text, job, fire, results) ?? "") : "";
  const file = "file" in prompt ? [folder, prompt.file].filter((part) => part !== "").join("/") : null;
  return {
    kind: "agent",
    agent: work.agent,
    prompt: own === "" ? words : `${own.trimEnd()}\n\n${words}`,
    timeoutSeconds: job.timeoutSeconds,
    work: { memory: job.memory, ...(file !== null && { file }) },
  };
}

function filled(
  work: Extract<ChainWork, { kind: "builtin" }>,
  job: ChainJob,
  fire: Fire,
  results: ReadonlyMap<string, NeedResult>,
): BuiltinWork["with"] {
  return Object.fromEntries(
    Object.entries(work.with).map(([key, each]) => [
      key,
      typeof each === "object" && each !== null ? value(each, job, fire, results) : each,
    ]),
  );
}

function value(
  template: Template,
  job: ChainJob,
  fire: Fire,
  results: ReadonlyMap<string, NeedResult>,
): string | number | boolean | null {
  return fill(template, surroundingsOf(fire, job.matrix, results));
}
