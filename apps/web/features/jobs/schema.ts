import { AGENTS } from "@nightgate/shared/agentd-protocol";
import { jobId, resourceId, runId, workstationId } from "@nightgate/shared/ids";
/** What the API takes about tasks. The ids of new things come from the browser, so that sending twice does the work once. */
import { z } from "zod";

const prompt = z
  .string()
  .trim()
  .min(1, "say what is to be done")
  .max(100_000, "is longer than 100,000 characters");

export const createJobInput = z.object({
  job: jobId,
  run: runId,
  workstation: workstationId,
  agent: z.enum(AGENTS),
  repository: resourceId.nullable(),
  prompt,
});
export type CreateJobInput = z.infer<typeof createJobInput>;

export const promptJobInput = z.object({ job: jobId, run: runId, prompt });
export const retryJobInput = z.object({ job: jobId, run: runId });
export const jobInput = z.object({ job: jobId });

export const streamInput = z.object({ job: jobId, after: z.string().max(4000).optional() });
export const toolInput = z.object({ job: jobId, run: runId, call: z.string().min(1).max(200) });

/** Which tasks a list shows. */
export const JOB_FILTERS = ["all", "needs", "running", "done"] as const;
export type JobFilter = (typeof JOB_FILTERS)[number];
export const jobListInput = z.object({
  show: z.enum(JOB_FILTERS).catch("all"),
  before: z.iso.datetime().optional().catch(undefined),
});
