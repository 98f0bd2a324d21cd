/** What a person may ask of jobs and runs, each inside the transaction that takes the message: create, prompt, retry, cancel. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { JobsInboxMessage } from "@nightgate/shared/jobs-inbox";
import { Problem } from "@nightgate/shared/problems";
import type { RunState } from "@nightgate/shared/run-states";
import type { NewPrompt } from "../core/words.ts";
import { LIMITS } from "../limits.ts";
import { findRun, insertPrompts, isTerminal, moveRun } from "../store/run-store.ts";

type Message<Kind extends JobsInboxMessage["kind"]> = Extract<JobsInboxMessage, { kind: Kind }>;

/** Asked twice with the same ids it is done once. Answers the run. */
export async function createJob(
  tx: JobsTransaction,
  organization: string,
  message: Message<"job.create">,
): Promise<string> {
  if (
    (await tx.controlWorkstations.count({
      where: { id: message.workstation, wanted: { not: "removed" } },
    })) !== 1
  )
    throw new Problem("not-found", { what: "workstation" });
  await refuseTaken(tx, message);
  await tx.jobsJobs.createMany({
    data: {
      organizationId: organization,
      id: message.job,
      workstationId: message.workstation,
      agent: message.agent,
      repositoryId: message.repository,
      repositoryUrl: message.repositoryUrl,
      title: titleOf(message.prompt),
      prompt: message.prompt,
      createdBy: message.person,
    },
    skipDuplicates: true,
  });
  return await createRun(tx, organization, {
    job: message.job,
    run: message.run,
    workstation: message.workstation,
    agent: message.agent,
    session: null,
    prompt: message.prompt,
  });
}

/** Steers the job's live run, or starts a new run that resumes the session. Answers the run that was told. */
export async function promptJob(
  tx: JobsTransaction,
  organization: string,
  message: Message<"job.prompt">,
): Promise<string> {
  const job = await tx.jobsJobs.findUnique({ where: { id: message.job } });
  const latest = await latestRun(tx, message.job);
  if (job === null || latest === null) throw new Problem("not-found", { what: "job" });
  if (isTerminal(latest.state as RunState)) {
    return await createRun(tx, organization, {
      job: job.id,
      run: message.run,
      workstation: job.workstationId,
      agent: job.agent,
      session: latest.session,
      prompt: message.prompt,
    });
  }
  const row = await findRun(tx, latest.id);
  if (row === null || row.state === "cancelling") throw new Problem("run.live", { run: latest.id });
  const prompt = personPrompt(message.run, message.prompt);
  // At work, or about to be: it is queued behind the turn that is under way. Waiting: these words wake it.
  if (row.state === "running" || row.state === "dispatching" || row.state === "queued")
    await insertPrompts(tx, row, [prompt]);
  else if (!(await moveRun(tx, row, { to: "queued", prompts: [prompt], resend: false })))
    throw new Problem("run.live", { run: row.id });
  return row.id;
}

/** A new run of the same job, from the start. */
export async function retryJob(
  tx: JobsTransaction,
  organization: string,
  message: Message<"job.retry">,
): Promise<string> {
  const job = await tx.jobsJobs.findUnique({ where: { id: message.job } });
  const latest = await latestRun(tx, message.job);
  if (job === null || latest === null) throw new Problem("not-found", { what: "job" });
  if (latest.id !== message.run && !isTerminal(latest.state as RunState))
    throw new Problem("run.live", { run: latest.id });
  return await createRun(tx, organization, {
    job: job.id,
    run: message.run,
    workstation: job.workstationId,
    agent: job.agent,
    session: null,
    prompt: job.prompt,
  });
}

/** Moves towards cancelled. What has not begun is cancelled at once; the rest when its processes are gone. */
export async function wishCancel(tx: JobsTransaction, run: string): Promise<string> {
  const row = await findRun(tx, run);
  if (row === null) throw new Problem("not-found", { what: "run" });
  if (isTerminal(row.state) || row.state === "cancelling") return run;
  await moveRun(tx, row, {
    to: row.state === "queued" ? "cancelled" : "cancelling",
    prompts: [],
    resend: false,
  });
  return run;
}

interface NewRun {
  job: string;
  run: string;
  workstation: string;
  agent: string;
  session: string | null;
  prompt: string;
}

async function createRun(
  tx: JobsTransaction,
  organization: string,
  { job, run, workstation, agent, session, prompt }: NewRun,
): Promise<string> {
  await tx.jobsRuns.createMany({
    data: {
      organizationId: organization,
      id: run,
      jobId: job,
      workstationId: workstation,
      agent,
      session,
      state: "queued",
      epoch: 0,
    },
    skipDuplicates: true,
  });
  await insertPrompts(tx, { organization, id: run }, [personPrompt(run, prompt)]);
  return run;
}

/** One per message: web makes a fresh run id for each. */
function personPrompt(run: string, text: string): NewPrompt {
  return { id: `person-${run}`, text, source: "person", hold: null };
}

async function latestRun(
  tx: JobsTransaction,
  job: string,
): Promise<{ id: string; state: string; session: string | null } | null> {
  return await tx.jobsRuns.findFirst({
    where: { jobId: job },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    select: { id: true, state: true, session: true },
  });
}

/** Ids are the asker's own: the same job may be asked for again, another job may not take its ids. */
async function refuseTaken(
  tx: JobsTransaction,
  { job, run, workstation }: Message<"job.create">,
): Promise<void> {
  const taken = await tx.jobsJobs.findUnique({ where: { id: job } });
  const takenRun = await tx.jobsRuns.findUnique({ where: { id: run } });
  if (
    (taken !== null && taken.workstationId !== workstation) ||
    (takenRun !== null && takenRun.jobId !== job)
  )
    throw new Problem("input.invalid", { why: "the job's id is taken" });
}

function titleOf(prompt: string): string {
  const line =
    prompt
      .split("\n")
      .find((text) => text.trim() !== "")
      ?.trim() ?? "";
  return line.length <= LIMITS.titleCharactersMax ? line : `${line.slice(0, LIMITS.titleCharactersMax - 1)}…`;
}
