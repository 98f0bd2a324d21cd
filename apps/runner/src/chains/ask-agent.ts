/** What a builtin leaves for an agent: a run of its own, for which the night waits as for a retry. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { AT_ONCE, createRun } from "../store/new-run.ts";
import type { RunRow } from "../store/run-row.ts";
import { chainJobId } from "./fixed-ids.ts";
import { builtinWork } from "./job-work.ts";

/** Makes the run, in the transaction in which the builtin's own ends. */
export async function askAgent(tx: JobsTransaction, builtin: RunRow, prompt: string): Promise<void> {
  const job = await tx.jobsJobs.findUniqueOrThrow({ where: { id: builtin.job } });
  const id = chainJobId(job.id, job.title, "work");
  const data = {
    workstationId: job.workstationId,
    agent: builtinWork.parse(job.work).agent,
    kind: "agent",
    work: { memory: ["read", "write"] },
    prompt,
    repositoryId: job.repositoryId,
    repositoryUrl: job.repositoryUrl,
    title: `${job.title} (agent)`.slice(0, 200),
    timeoutSeconds: job.timeoutSeconds,
    retriesMax: job.retriesMax,
    backoffSeconds: job.backoffSeconds,
    locks: job.locks ?? [],
  };
  const { organizationId, createdBy } = job;
  await tx.jobsJobs.upsert({
    where: { id },
    create: { organizationId, id, createdBy, ...data },
    update: data,
  });
  const run = newId("run");
  const first = { id: `chain-${run}`, text: prompt, source: "platform" as const, hold: null };
  await createRun(tx, organizationId, { ...AT_ONCE, job: id, run, session: null, prompt, first });
  await tx.jobsChainJobs.updateMany({ where: { runId: builtin.id, endedAt: null }, data: { runId: run } });
}
