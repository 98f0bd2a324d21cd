/** What a new job is when a verb makes it: where it runs, by which agent, in which repository, in whose name, and how much of this is too much. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { AGENTS, type AgentName } from "@nightgate/shared/agentd-protocol";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { causedDepth } from "../peers/rates.ts";
import { folderOf } from "../runs/repository-folder.ts";
import type { VerbCaller } from "./caller.ts";
import { workstationNamed } from "./seen-jobs.ts";

export interface NewJobArgs {
  prompt: string;
  title?: string | undefined;
  workstation?: string | undefined;
  agent?: AgentName | undefined;
  repository?: string | undefined;
  deliver?: string[] | undefined;
}

export interface NewJobShape {
  job: string;
  person: string;
  workstation: string;
  agent: AgentName;
  repository: string | null;
  repositoryUrl: string | null;
  prompt: string;
}

interface Parent {
  run: string;
  depth: number;
  person: string;
  agent: string;
  repository: string | null;
}

/** Reads what was asked for. Problem where it names what is not there, and `too-many` where agents make jobs without end. */
export async function newJob(
  tx: JobsTransaction,
  caller: VerbCaller,
  args: NewJobArgs,
): Promise<NewJobShape> {
  const parent = await parentOf(tx, caller);
  await checkBounds(tx, caller, parent);
  const workstation =
    args.workstation === undefined ? caller.workstation : await workstationNamed(tx, args.workstation);
  if (workstation === null)
    throw new Problem("input.invalid", { why: "say on which workstation it is to run" });
  const wanted = args.repository ?? parent?.repository ?? "none";
  return {
    job: newId("job"),
    person: caller.person ?? parent?.person ?? (await makerOf(tx, workstation)),
    workstation,
    agent: args.agent ?? z.enum(AGENTS).catch("claude").parse(parent?.agent),
    ...(await repositoryOf(tx, workstation, wanted)),
    prompt: args.prompt,
  };
}

/** Writes down whose the job is, the title that it was given, and where its result goes. */
export async function adopt(
  tx: JobsTransaction,
  caller: VerbCaller,
  job: string,
  { title, deliver, notify = false }: Pick<NewJobArgs, "title" | "deliver"> & { notify?: boolean },
): Promise<void> {
  const parent = await parentOf(tx, caller);
  if (notify && parent === null)
    throw new Problem("input.invalid", { why: "notify tells a run of the job's end, and no run has asked" });
  await tx.jobsJobs.update({
    where: { id: job },
    data: {
      ...(title !== undefined && { title }),
      ...(deliver !== undefined && { deliver: [...new Set(deliver)] }),
      ...(parent !== null && { parentRunId: parent.run, depth: parent.depth + 1, notifyParent: notify }),
    },
  });
}

async function parentOf(tx: JobsTransaction, { run }: VerbCaller): Promise<Parent | null> {
  const row = run === null ? null : await tx.jobsRuns.findUnique({ where: { id: run } });
  const job = row === null ? null : await tx.jobsJobs.findUnique({ where: { id: row.jobId } });
  if (row === null || job === null) return null;
  return {
    run: row.id,
    // Messages count as well: neither way round may agents keep each other going.
    depth: await causedDepth(tx, row.id),
    person: job.createdBy,
    agent: job.agent,
    repository: job.repositoryId,
  };
}

/** Invariant 12: an agent that makes agents that make agents comes to an end, and so does one that makes thousands. */
async function checkBounds(
  tx: JobsTransaction,
  { workstation }: VerbCaller,
  parent: Parent | null,
): Promise<void> {
  if (workstation === null) return;
  if (parent !== null && parent.depth >= LIMITS.jobDepthMax)
    throw new Problem("too-many", { what: "jobs that have each made the next", limit: LIMITS.jobDepthMax });
  const [row] = await tx.$queryRaw<
    { open: bigint }[]
  >`SELECT count(*) AS open FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id
    JOIN jobs.runs p ON p.id = j.parent_run_id WHERE r.ended_at IS NULL AND p.workstation_id = ${workstation}`;
  const limit = LIMITS.openJobsPerWorkstationMax;
  if (row !== undefined && row.open >= limit)
    throw new Problem("too-many", { what: "jobs of this workstation that have not ended", limit });
}

const binding = z.union([z.literal("*"), z.array(z.string())]);

const CLONE = /^(?:~|\/home\/[^/]+)\/work\/([^/]+)\/?$/;

/** The repositories of the policy that this may mean. */
async function meant(
  tx: JobsTransaction,
  wanted: string,
): Promise<{ id: string | null; url: string | null; workstations: unknown }[]> {
  const folder = CLONE.exec(wanted)?.[1];
  if (folder !== undefined)
    return (await tx.gateRepositoryView.findMany()).filter(({ url }) => folderOf(url ?? "") === folder);
  const url = wanted.replace(/(?:\.git)?\/?$/, "");
  return await tx.gateRepositoryView.findMany({
    where: { OR: [{ id: wanted }, { name: wanted }, { url }] },
  });
}

/** By id, name, URL or the folder of its clone, among those that the policy lets this workstation use. */
async function repositoryOf(
  tx: JobsTransaction,
  workstation: string,
  wanted: string,
): Promise<{ repository: string | null; repositoryUrl: string | null }> {
  if (wanted === "none") return { repository: null, repositoryUrl: null };
  const rows = await meant(tx, wanted);
  for (const row of rows) {
    const bound = binding.safeParse(row.workstations);
    if (!bound.success || row.id === null || row.url === null) continue;
    if (bound.data === "*" || bound.data.includes(workstation))
      return { repository: row.id, repositoryUrl: row.url };
  }
  throw new Problem("not-found", { what: `repository ${wanted} for that workstation` });
}

/** A shell that no run has started asks in the name of whoever made its workstation. */
async function makerOf(tx: JobsTransaction, workstation: string): Promise<string> {
  const row = await tx.controlWorkstations.findUnique({
    where: { id: workstation },
    select: { createdBy: true },
  });
  if (row === null) throw new Problem("not-found", { what: "workstation" });
  return row.createdBy;
}
