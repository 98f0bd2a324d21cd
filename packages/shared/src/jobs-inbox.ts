/** What web asks of the runner, by inserting into jobs.inbox. Ids are made by the asker, so that asking twice does the work once. */
import { z } from "zod";
import { AGENTS } from "./agentd-protocol.ts";
import { jobId, personId, resourceId, runId, workstationId } from "./ids.ts";

const prompt = z.string().trim().min(1).max(100_000);

export const jobsInboxMessage = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("job.create"),
    job: jobId,
    run: runId,
    person: personId,
    workstation: workstationId,
    agent: z.enum(AGENTS),
    /** Null works in the home folder. */
    repository: resourceId.nullable(),
    /** The repository's URL and folder name, as the gate's view has them. */
    repositoryUrl: z.string().max(2000).nullable(),
    prompt,
  }),
  /** More words for a job: steers its live run, or starts a new run that resumes the session. */
  z.strictObject({ kind: z.literal("job.prompt"), job: jobId, run: runId, person: personId, prompt }),
  z.strictObject({ kind: z.literal("run.interrupt"), run: runId, person: personId }),
  z.strictObject({ kind: z.literal("run.cancel"), run: runId, person: personId }),
  z.strictObject({ kind: z.literal("job.retry"), job: jobId, run: runId, person: personId }),
]);
export type JobsInboxMessage = z.infer<typeof jobsInboxMessage>;
