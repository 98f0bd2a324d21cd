/** What a person may ask of jobs and runs, each inside the transaction that takes the message: create, prompt, retry, cancel. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { JobsInboxMessage } from "@nightgate/shared/jobs-inbox";
import { Problem } from "@nightgate/shared/problems";
import { NOT_BEGUN, type RunState } from "@nightgate/shared/run-states";
import { closeQuestions, insertPrompts } from "../store/along.ts";
import { insertJob } from "../store/new-job.ts";
import { AT_ONCE, createRun, latestRun, personPrompt } from "../store/new-run.ts";
import { findRun, isTerminal, moveRun } from "../store/run-store.ts";

type Message<Kind extends JobsInboxMessage["kind"]> = Extract<JobsInboxMessage, { kind: Kind }>;

/** Asked twice with the same ids it is done once. `made` says whose the job is, before it has a run. Answers the run. */
export async function createJob(
  tx: JobsTransaction,
  organization: string,
  message: Message<"job.create">,
  made?: () => Promise<void>,
): Promise<string> {
  await insertJob(tx, organization, message);
  await made?.();
  const taken = await tx.jobsRuns.findUnique({ where: { id: message.run } });
  if (taken !== null && taken.jobId !== message.job)
    throw new Problem("input.invalid", { why: "the run's id is taken" });
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
  if (job.kind !== "agent")
    throw new Problem("input.invalid", {
      why: "no agent does this job, so it takes no words: run it again instead",
    });
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
  if (row.state === "awaiting_input") await closeQuestions(tx, row.id, "words");
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
