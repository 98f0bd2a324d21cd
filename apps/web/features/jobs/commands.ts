/** What a member can ask of the runner, one function per act. Web only asks: it inserts into jobs.inbox, and the runner does it or says why not. */
import type { ControlTransaction } from "@nightgate/db/control";
import type { JobsInboxMessage } from "@nightgate/shared/jobs-inbox";
import { Problem } from "@nightgate/shared/problems";
import { mustBeAllowed } from "../../server/may.ts";
import { asMember, type Member } from "../../server/member.ts";
import { isLive } from "../../ui/task-states.ts";
import { urlOfRepository } from "../workstations/queries.ts";
import type { CreateJobInput } from "./schema.ts";

/** Asks for a new job with its first run. The ids are the browser's; asking again with the same ones does nothing new. */
export async function createJob(member: Member, input: CreateJobInput): Promise<{ job: string }> {
  mustBeAllowed(member, "jobs.act");
  await asMember(member, async (tx) => {
    const workstation = await tx.controlWorkstations.findFirst({
      where: { id: input.workstation, wanted: { not: "removed" } },
      select: { id: true },
    });
    if (!workstation) throw new Problem("not-found", { what: "such workstation" });
    const repositoryUrl = await urlOfRepository(tx, input.workstation, input.repository);
    const asked = await tx.jobsInbox.findFirst({
      where: {
        AND: [
          { body: { path: ["kind"], equals: "job.create" } },
          { body: { path: ["job"], equals: input.job } },
        ],
      },
      select: { id: true },
    });
    if (asked) return;
    await ask(tx, member, {
      kind: "job.create",
      job: input.job,
      run: input.run,
      person: member.person,
      workstation: input.workstation,
      agent: input.agent,
      repository: input.repository,
      repositoryUrl,
      prompt: input.prompt,
    });
  });
  return { job: input.job };
}

/** More words for a job: they steer the live run, or start a new one that resumes the agent's session. */
export async function promptJob(
  member: Member,
  input: { job: string; run: string; prompt: string },
): Promise<void> {
  mustBeAllowed(member, "jobs.act");
  await asMember(member, async (tx) => {
    await jobOrRefuse(tx, input.job);
    await ask(tx, member, {
      kind: "job.prompt",
      job: input.job,
      run: input.run,
      person: member.person,
      prompt: input.prompt,
    });
  });
}

/** A new run of the job. */
export async function retryJob(member: Member, input: { job: string; run: string }): Promise<void> {
  mustBeAllowed(member, "jobs.act");
  await asMember(member, async (tx) => {
    await jobOrRefuse(tx, input.job);
    await ask(tx, member, { kind: "job.retry", job: input.job, run: input.run, person: member.person });
  });
}

/** Ends the agent's turn and keeps its session: it then waits for words. */
export async function interruptJob(member: Member, job: string): Promise<void> {
  await askOfLiveRun(member, job, "run.interrupt", "interrupted");
}

/** Ends the run. */
export async function cancelJob(member: Member, job: string): Promise<void> {
  await askOfLiveRun(member, job, "run.cancel", "cancelled");
}

async function askOfLiveRun(
  member: Member,
  job: string,
  kind: "run.interrupt" | "run.cancel",
  what: string,
): Promise<void> {
  mustBeAllowed(member, "jobs.act");
  await asMember(member, async (tx) => {
    await jobOrRefuse(tx, job);
    const run = await tx.jobsRuns.findFirst({
      where: { jobId: job },
      orderBy: { createdAt: "desc" },
      select: { id: true, state: true },
    });
    if (!run || !isLive(run.state as Parameters<typeof isLive>[0]))
      throw new Problem("run.not-live", { what });
    await ask(tx, member, { kind, run: run.id, person: member.person });
  });
}

/** Invariant 9: a job of another organization is not seen here, so it is answered as one that does not exist. */
async function jobOrRefuse(tx: ControlTransaction, job: string): Promise<void> {
  const row = await tx.jobsJobs.findUnique({ where: { id: job }, select: { id: true } });
  if (!row) throw new Problem("not-found", { what: "such task" });
}

async function ask(tx: ControlTransaction, member: Member, message: JobsInboxMessage): Promise<void> {
  await tx.jobsInbox.createMany({ data: [{ organizationId: member.organization, body: message }] });
}
