/** Words that a job says to itself at a time: a schedule of its own job, whose message goes into the job's session. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { AGENTS } from "@nightgate/shared/agentd-protocol";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import type { VerbCaller } from "./caller.ts";
import { makeSchedule, type WhenArgs } from "./new-schedules.ts";

/** Makes the schedule for the job of the run that asks. */
export async function makeReminder(
  tx: JobsTransaction,
  caller: VerbCaller,
  args: WhenArgs & { text: string },
  now: Date,
): Promise<{ schedule: string; job: string; next: string[] }> {
  const run = caller.run === null ? null : await tx.jobsRuns.findUnique({ where: { id: caller.run } });
  const job = run === null ? null : await tx.jobsJobs.findUnique({ where: { id: run.jobId } });
  if (job === null)
    throw new Problem("input.invalid", {
      why: "only a run can say something to itself, and no run has asked",
    });
  const shape = {
    job: job.id,
    person: job.createdBy,
    workstation: job.workstationId,
    agent: z.enum(AGENTS).catch("claude").parse(job.agent),
    repository: job.repositoryId,
    repositoryUrl: job.repositoryUrl,
    prompt: job.prompt,
  };
  const made = await makeSchedule(tx, caller, shape, { ...args, name: args.name ?? args.text }, now);
  await tx.jobsSchedules.update({ where: { id: made.schedule }, data: { message: args.text } });
  return { ...made, job: job.id };
}
