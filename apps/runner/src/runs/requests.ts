/** What a person may ask of jobs and runs, each inside the transaction that takes the message: create, prompt, retry, cancel. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { type JobPlan, type JobsInboxMessage, namedLock } from "@nightgate/shared/jobs-inbox";
import { Problem } from "@nightgate/shared/problems";
import { NOT_BEGUN, type RunState } from "@nightgate/shared/run-states";
import { z } from "zod";
import { locksOf } from "../core/locks.ts";
import type { NewPrompt } from "../core/words.ts";
import { LIMITS } from "../limits.ts";
import { declareLocks } from "../store/claims.ts";
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
      ...planned(message.plan),
    },
    skipDuplicates: true,
  });
  return await createRun(tx, organization, {
    job: message.job,
    run: message.run,
    session: null,
    prompt: message.prompt,
    needs: await neededRuns(tx, message.plan?.needs ?? []),
    needsAlways: message.plan?.needsAlways ?? false,
    dueAt: message.plan?.dueAt === undefined ? null : new Date(message.plan.dueAt),
  });
}

function planned(plan: JobPlan | undefined): Record<string, unknown> {
  return {
    ...(plan?.priority !== undefined && { priority: plan.priority }),
    ...(plan?.timeoutSeconds !== undefined && { timeoutSeconds: plan.timeoutSeconds }),
    ...(plan?.retries !== undefined && {
      retriesMax: plan.retries.max,
      backoffSeconds: plan.retries.backoffSeconds,
    }),
    ...(plan?.locks !== undefined && { locks: plan.locks }),
  };
}

/** The latest run of each job that is needed. */
async function neededRuns(tx: JobsTransaction, jobs: readonly string[]): Promise<string[]> {
  const runs: string[] = [];
  for (const job of jobs) {
    const run = await latestRun(tx, job);
    if (run === null) throw new Problem("not-found", { what: `job ${job}, which this one needs` });
    runs.push(run.id);
  }
  return runs;
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
      ...AT_ONCE,
      job: job.id,
      run: message.run,
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
    ...AT_ONCE,
    job: job.id,
    run: message.run,
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
    to: NOT_BEGUN.includes(row.state) ? "cancelled" : "cancelling",
    prompts: [],
    resend: false,
  });
  return run;
}

interface NewRun {
  job: string;
  run: string;
  session: string | null;
  prompt: string;
  needs: readonly string[];
  needsAlways: boolean;
  dueAt: Date | null;
}

const AT_ONCE = { needs: [], needsAlways: false, dueAt: null } as const;

/** Makes a run of a job that is there, with the locks that its job asks for. Made twice it is there once. */
async function createRun(
  tx: JobsTransaction,
  organization: string,
  { job: jobId, run, session, prompt, needs, needsAlways, dueAt }: NewRun,
): Promise<string> {
  const job = await tx.jobsJobs.findUniqueOrThrow({ where: { id: jobId } });
  const locks = locksOf({
    workstation: job.workstationId,
    repository: job.repositoryId,
    named: z.array(namedLock).parse(job.locks),
  });
  await declareLocks(tx, locks);
  await tx.jobsRuns.createMany({
    data: {
      organizationId: organization,
      id: run,
      jobId,
      workstationId: job.workstationId,
      agent: job.agent,
      session,
      state: dueAt !== null ? "scheduled" : needs.length > 0 ? "blocked" : "queued",
      priority: job.priority,
      timeoutSeconds: job.timeoutSeconds,
      locks: locks.map(({ key }) => key),
      dueAt,
      needsAlways,
    },
    skipDuplicates: true,
  });
  await tx.jobsNeeds.createMany({
    data: needs.map((neededRunId) => ({ organizationId: organization, runId: run, neededRunId })),
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
