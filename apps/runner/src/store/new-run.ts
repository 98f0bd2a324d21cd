/** A run as it begins its life: scheduled, blocked or queued, with its locks, its needs and its first prompt. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { namedLock } from "@nightgate/shared/jobs-inbox";
import { z } from "zod";
import { locksOf } from "../core/locks.ts";
import type { NewPrompt } from "../core/words.ts";
import { insertPrompts } from "./along.ts";
import { declareLocks } from "./claims.ts";
import { promisedBudget } from "./family-budget.ts";

export interface NewRun {
  job: string;
  run: string;
  session: string | null;
  prompt: string;
  /** The first prompt, where it is not the person's own words. */
  first?: NewPrompt;
  needs: readonly string[];
  needsAlways: boolean;
  dueAt: Date | null;
}

export const AT_ONCE = { needs: [], needsAlways: false, dueAt: null } as const;

/** Makes a run of a job that is there, with the locks that its job asks for. Made twice it is there once. */
export async function createRun(
  tx: JobsTransaction,
  organization: string,
  { job: jobId, run, session, prompt, first, needs, needsAlways, dueAt }: NewRun,
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
      expects: job.expects,
      budgetDollars: await promisedBudget(tx, { parentRunId: job.parentRunId, dollars: job.budgetDollars }),
      budgetWorkSeconds: job.budgetWorkSeconds,
      anyTime: job.anyTime,
      locks: locks.map(({ key }) => key),
      keepsLocks: job.keepsLocks,
      dueAt,
      needsAlways,
    },
    skipDuplicates: true,
  });
  await tx.jobsNeeds.createMany({
    data: needs.map((neededRunId) => ({ organizationId: organization, runId: run, neededRunId })),
    skipDuplicates: true,
  });
  await insertPrompts(tx, { organization, id: run }, [first ?? personPrompt(run, prompt)]);
  return run;
}

/** One per message: web makes a fresh run id for each. */
export function personPrompt(run: string, text: string): NewPrompt {
  return { id: `person-${run}`, text, source: "person", hold: null };
}

export async function latestRun(
  tx: JobsTransaction,
  job: string,
): Promise<{ id: string; state: string; session: string | null } | null> {
  return await tx.jobsRuns.findFirst({
    where: { jobId: job },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    select: { id: true, state: true, session: true },
  });
}
