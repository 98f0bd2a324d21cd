/** When a run ends, nobody waits for it in vain: questions that it had are closed or handed on, and who began its job is told. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import type { RunState } from "@nightgate/shared/run-states";
import { deliverResult } from "../store/deliver-result.ts";
import type { RunMoveWish, RunRow } from "../store/run-row.ts";
import { PEER_LIMITS } from "./limits.ts";
import { addStage, closeMessage, type MessageRow } from "./message-row.ts";

/** In the transaction in which the run has ended, after its retry was made. */
export async function runEnded(
  tx: JobsTransaction,
  run: RunRow,
  wish: RunMoveWish,
  now: Date,
): Promise<void> {
  const retry = await retryOf(tx, run);
  const open = await tx.$queryRaw<MessageRow[]>`SELECT * FROM jobs.messages
    WHERE to_run_id = ${run.id} AND closed_at IS NULL ORDER BY created_at FOR UPDATE`;
  for (const message of open) {
    const made = await isMadeFor(tx, run.job, message);
    // Never said, or the run is tried again: somebody else will hear it. What a person has cancelled is not begun anew by itself.
    if ((message.state === "queued" && !(made && wish.to === "cancelled")) || retry !== null)
      await giveBack(tx, message, made ? retry : null, now);
    else await closeMessage(tx, message, { ...endOf(wish), run: run.id }, now);
  }
  if (retry !== null) return;
  await tellParent(tx, run, wish, now);
  await deliverResult(tx, run, wish, now);
}

async function retryOf(tx: JobsTransaction, run: RunRow): Promise<string | null> {
  const next = await tx.jobsRuns.findFirst({
    where: { jobId: run.job, attempt: run.attempt + 1, endedAt: null, state: "scheduled" },
    orderBy: { createdAt: "desc" },
    select: { id: true },
  });
  return next?.id ?? null;
}

/** The job was made to answer this: its own words have the question. */
async function isMadeFor(tx: JobsTransaction, job: string, { id }: MessageRow): Promise<boolean> {
  const rows = await tx.$queryRaw<
    unknown[]
  >`SELECT 1 FROM jobs.jobs WHERE id = ${job} AND position(${id} in prompt) > 0`;
  return rows.length > 0;
}

/** A retry of the job that was made for it asks it again by itself; otherwise whoever is there then will hear it. */
async function giveBack(
  tx: JobsTransaction,
  message: MessageRow,
  retry: string | null,
  now: Date,
): Promise<void> {
  await tx.$executeRaw`UPDATE jobs.messages SET to_run_id = ${retry}, prompt_id = NULL,
    state = ${retry === null ? "queued" : message.state} WHERE id = ${message.id}`;
  await addStage(tx, message, retry === null ? "its run ended first" : "its run is tried again", now, {
    run: retry ?? message.to_run_id,
  });
}

function endOf(wish: RunMoveWish): { state: "answered" | "refused"; answer: string; lastWords?: boolean } {
  const words = (wish.result ?? "").trim().slice(0, PEER_LIMITS.lastWordsCharactersMax);
  if (wish.to === "succeeded" && words !== "") return { state: "answered", answer: words, lastWords: true };
  return { state: "refused", answer: `Its run ended without an answer (${said(wish.to)}).${because(wish)}` };
}

function said(state: RunState): string {
  return state.replaceAll("_", " ");
}

function because({ error }: RunMoveWish): string {
  return error === undefined || error === "" ? "" : ` ${error.slice(0, 1_000)}`;
}

/** Whoever has begun the job and asked to be told hears how it ended, as its next prompt. */
async function tellParent(tx: JobsTransaction, run: RunRow, wish: RunMoveWish, now: Date): Promise<void> {
  const [job] = await tx.$queryRaw<{ parent: string; workstation: string; title: string; peer: string }[]>`
    SELECT j.parent_run_id AS parent, p.workstation_id AS workstation, j.title, w.name AS peer
    FROM jobs.jobs j JOIN jobs.runs p ON p.id = j.parent_run_id JOIN control.workstations w ON w.id = j.workstation_id
    WHERE j.id = ${run.job} AND j.notify_parent AND p.ended_at IS NULL`;
  if (job === undefined) return;
  const result = (wish.result ?? "").trim().slice(0, PEER_LIMITS.lastWordsCharactersMax);
  const answer = `${run.job} ("${job.title}"), run ${run.id}: ${said(wish.to)}.${because(wish)}${result === "" ? "" : `\n\n${result}`}`;
  const message = { organization_id: run.organization, id: newId("message") };
  await tx.$executeRaw`INSERT INTO jobs.messages (organization_id, id, kind, state, from_workstation_id, from_run_id, from_name, to_peer,
      to_workstation_id, to_job_id, to_run_id, text, deadline, answer, answer_is_last_words, created_at, closed_at)
    VALUES (${run.organization}, ${message.id}, 'watch', 'answered', ${job.workstation}, ${job.parent}, 'the one who began the job',
      ${job.peer}, ${run.workstation}, ${run.job}, ${run.id}, ${job.title}, ${now}, ${answer.slice(0, 20_000)}, true, ${now}, ${now})`;
  await addStage(tx, message, "answered", now, { run: run.id, words: said(wish.to) });
}
