/** Which runs write to the memory: all of them, but in a chain those whose job says so. A rule of order, not of safety: a run is a hint. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import { agentWork } from "./job-work.ts";

/** Problem `input.invalid` for a run of a chain's job without `memory: [write]`. */
export async function checkMayRemember(tx: JobsTransaction, run: string | null): Promise<void> {
  if (run === null) return;
  const row = await tx.jobsRuns.findUnique({ where: { id: run }, select: { jobId: true } });
  const job = row === null ? null : await tx.jobsJobs.findUnique({ where: { id: row.jobId } });
  if (job === null || job.kind !== "agent" || job.work === null) return;
  const work = agentWork.safeParse(job.work);
  if (!work.success || work.data.memory.includes("write")) return;
  throw new Problem("input.invalid", { why: "your job in the chain has no `memory: [write]`" });
}
