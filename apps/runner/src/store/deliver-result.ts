/** Sends the result of a job to the channels that it names: a note for its people on each, in the transaction of the run's end. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { RunState } from "@nightgate/shared/run-states";
import { deliveryId } from "../chains/fixed-ids.ts";
import { LIMITS } from "../limits.ts";
import { PEER_LIMITS } from "../peers/limits.ts";
import type { RunMoveWish, RunRow } from "./run-row.ts";

/** Whoever has ended it knows. */
const NOT_TOLD: ReadonlySet<RunState> = new Set(["cancelled", "skipped"]);

/** Once for a run that has ended and is not tried again; written twice it is there once. */
export async function deliverResult(
  tx: JobsTransaction,
  run: RunRow,
  wish: RunMoveWish,
  now: Date,
): Promise<void> {
  if (NOT_TOLD.has(wish.to)) return;
  const job = await tx.jobsJobs.findUnique({
    where: { id: run.job },
    select: { title: true, deliver: true, parentRunId: true },
  });
  if (job === null || job.deliver.length === 0) return;
  if (job.parentRunId !== null && (await hasToldEnough(tx, run, now))) return;
  const said = (wish.error ?? wish.result ?? "").trim();
  const head = `${job.title}: ${wish.to.replaceAll("_", " ")}.`;
  await tx.jobsHumanMessages.createMany({
    data: job.deliver.map((channel) => ({
      organizationId: run.organization,
      id: deliveryId(run.id, "result", channel),
      kind: "note",
      runId: run.id,
      jobId: run.job,
      workstationId: run.workstation,
      text: `${head}${said === "" ? "" : `\n\n${said}`}`.slice(0, LIMITS.noteCharactersMax),
      channel,
      // By one moment the gate knows the notes of one result, and tells nobody of it twice.
      createdAt: now,
    })),
    skipDuplicates: true,
  });
}

/** Invariant 12: agents that make jobs without end tell people no more of them than they could by themselves. The results stay to be read. */
async function hasToldEnough(tx: JobsTransaction, { workstation }: RunRow, now: Date): Promise<boolean> {
  const notes = await tx.jobsHumanMessages.count({
    where: {
      kind: "note",
      workstationId: workstation,
      createdAt: { gt: new Date(now.getTime() - 60 * 60_000) },
    },
  });
  return notes >= PEER_LIMITS.notesPerWorkstationHourMax;
}
