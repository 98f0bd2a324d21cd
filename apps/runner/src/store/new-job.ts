/** A job as it is written down, once. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { JobPlan, JobsInboxMessage } from "@nightgate/shared/jobs-inbox";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";
import { fallbackColumns } from "./fallbacks.ts";

type NewJob = Pick<
  Extract<JobsInboxMessage, { kind: "job.create" }>,
  "job" | "person" | "workstation" | "agent" | "repository" | "repositoryUrl" | "prompt" | "plan"
>;

/** Writes the job down if it is not there. Problem where its workstation is nobody's here, or another job has its id. */
export async function insertJob(tx: JobsTransaction, organization: string, job: NewJob): Promise<void> {
  const here = await tx.controlWorkstations.count({
    where: { id: job.workstation, wanted: { not: "removed" } },
  });
  if (here !== 1) throw new Problem("not-found", { what: "workstation" });
  const taken = await tx.jobsJobs.findUnique({ where: { id: job.job } });
  if (taken !== null && taken.workstationId !== job.workstation)
    throw new Problem("input.invalid", { why: "the job's id is taken" });
  await tx.jobsJobs.createMany({
    data: {
      organizationId: organization,
      id: job.job,
      workstationId: job.workstation,
      agent: job.agent,
      repositoryId: job.repository,
      repositoryUrl: job.repositoryUrl,
      title: titleOf(job.prompt),
      prompt: job.prompt,
      createdBy: job.person,
      ...planned(job.plan),
    },
    skipDuplicates: true,
  });
}

function planned(plan: JobPlan | undefined): Record<string, unknown> {
  return {
    ...limited(plan),
    ...fallbackColumns(plan?.fallback ?? null),
    ...(plan?.priority !== undefined && { priority: plan.priority }),
    ...(plan?.timeoutSeconds !== undefined && { timeoutSeconds: plan.timeoutSeconds }),
    ...(plan?.retries !== undefined && {
      retriesMax: plan.retries.max,
      backoffSeconds: plan.retries.backoffSeconds,
    }),
    ...locked(plan),
  };
}

function locked(plan: JobPlan | undefined): Record<string, unknown> {
  return { locks: plan?.locks ?? [], keepsLocks: plan?.keepsLocks ?? false };
}

function limited(plan: JobPlan | undefined): Record<string, unknown> {
  return {
    expects: plan?.expects ?? null,
    budgetDollars: plan?.budget?.dollars ?? null,
    budgetWorkSeconds: plan?.budget?.workSeconds ?? null,
    anyTime: plan?.anyTime ?? false,
  };
}

function titleOf(prompt: string): string {
  const line =
    prompt
      .split("\n")
      .find((text) => text.trim() !== "")
      ?.trim() ?? "";
  return line.length <= LIMITS.titleCharactersMax ? line : `${line.slice(0, LIMITS.titleCharactersMax - 1)}…`;
}
