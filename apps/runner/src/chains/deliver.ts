/** Sends the result of a job on: a note for people on each channel that the chain names, in the transaction of the job's end. */
import type { ChainJob } from "@nightgate/chains/chain";
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { ChainJobRow, ChainRow } from "./chain-row.ts";
import { deliveryWords } from "./chain-words.ts";
import { chainJobId, deliveryId } from "./fixed-ids.ts";

export interface Delivery {
  /** The same for all of its notes: by it the gate knows those of one result, and tells nobody of it twice. */
  at: Date;
  row: ChainRow;
  night: string;
  job: ChainJob;
  own: ChainJobRow | null;
  data: { state: string; result: string; error: string };
}

/** Written twice it is there once. */
export async function deliver(
  tx: JobsTransaction,
  { at, row, night, job, own, data }: Delivery,
): Promise<void> {
  if (job.deliver.length === 0) return;
  // A triage that says GREEN is all that was done.
  const part = own?.runId == null ? "triage" : "work";
  const run = (part === "work" ? own?.runId : own?.triageRunId) ?? null;
  await tx.jobsHumanMessages.createMany({
    data: job.deliver.map((channel) => ({
      organizationId: row.organizationId,
      id: deliveryId(night, job.name, channel),
      kind: "note",
      purpose: "chain",
      runId: run,
      jobId: run === null ? row.jobId : chainJobId(row.id, job.name, part),
      workstationId: row.workstationId,
      text: deliveryWords(row.name, job.name, data),
      channel,
      createdAt: at,
    })),
    skipDuplicates: true,
  });
}
