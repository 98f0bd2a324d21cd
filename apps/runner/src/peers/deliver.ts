/** Brings a message to its peer: into a run that has not ended, or into one that is begun for it. Each message is said once (invariant 10). */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { AGENTS, type AgentName } from "@nightgate/shared/agentd-protocol";
import { newId } from "@nightgate/shared/ids";
import type { RunState } from "@nightgate/shared/run-states";
import type { NewPrompt } from "../core/words.ts";
import { insertPrompts } from "../store/along.ts";
import { insertJob } from "../store/new-job.ts";
import { AT_ONCE, createRun } from "../store/new-run.ts";
import type { RunRow } from "../store/run-row.ts";
import { findRun, moveRun } from "../store/run-store.ts";
import { PEER_LIMITS } from "./limits.ts";
import { addStage, closeMessage, type MessageRow } from "./message-row.ts";
import { messagePrompt } from "./words.ts";

/** Hands the message over, if somebody is there or may be woken. Answers the run that has it now. */
export async function deliver(tx: JobsTransaction, message: MessageRow, now: Date): Promise<string | null> {
  const handovers = await countHandovers(tx, message);
  if (handovers >= PEER_LIMITS.handoversMax) {
    const answer = "Each run that was to hear it ended before it did.";
    await closeMessage(tx, message, { state: "refused", answer }, now);
    return null;
  }
  const prompt: NewPrompt = {
    id: `peer-${message.id}-${handovers + 1}`,
    text: messagePrompt(message),
    source: "peer",
    hold: null,
  };
  const live = await liveRun(tx, message);
  if (live !== null) return await intoRun(tx, message, live, prompt, now);
  if (!message.wake) return null;
  const run = await begin(tx, message, prompt);
  if (run !== null) await handedOver(tx, message, run, prompt, { stage: "run begun for it", now });
  return run;
}

async function countHandovers(tx: JobsTransaction, { id }: MessageRow): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>`SELECT count(*)::int AS count FROM jobs.message_stages
    WHERE message_id = ${id} AND stage IN ('run begun for it', 'handed to a run')`;
  return row?.count ?? 0;
}

/** The run of the peer that is best placed to hear it: at work before waiting, the newest first; never the asker itself. */
async function liveRun(tx: JobsTransaction, message: MessageRow): Promise<RunRow | null> {
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM jobs.runs WHERE workstation_id = ${message.to_workstation_id} AND ended_at IS NULL
      AND state NOT IN ('scheduled', 'cancelling') AND (state <> 'blocked' OR started_at IS NOT NULL) AND agent = ANY(${[...AGENTS]})
      AND (${message.to_agent}::text IS NULL OR agent = ${message.to_agent})
      AND (${message.to_job_id}::text IS NULL OR job_id = ${message.to_job_id})
      AND id IS DISTINCT FROM ${message.from_run_id}
    ORDER BY state = 'running' DESC, state = 'dispatching' DESC, state = 'queued' DESC, state = 'awaiting_input' DESC,
      created_at DESC LIMIT 1`;
  return row === undefined ? null : await findRun(tx, row.id);
}

const WAITING: ReadonlySet<RunState> = new Set(["blocked", "awaiting_input", "awaiting_approval", "stalled"]);

/** A question wakes what waits for a person or an approval; a provider's limit is waited for. A note waits for the next turn. */
async function intoRun(
  tx: JobsTransaction,
  message: MessageRow,
  run: RunRow,
  prompt: NewPrompt,
  now: Date,
): Promise<string | null> {
  const wakes = message.kind === "ask" || message.wake;
  const waits = WAITING.has(run.state);
  if (wakes && waits) {
    // It has moved in between: the next sweep finds where it is then.
    if (!(await moveRun(tx, run, { to: "queued", prompts: [prompt], resend: false }))) return null;
  } else await insertPrompts(tx, run, [prompt]);
  await handedOver(tx, message, run.id, prompt, { stage: "handed to a run", now });
  return run.id;
}

async function handedOver(
  tx: JobsTransaction,
  message: MessageRow,
  run: string,
  prompt: NewPrompt,
  { stage, now }: { stage: string; now: Date },
): Promise<void> {
  await tx.$executeRaw`UPDATE jobs.messages SET to_run_id = ${run}, prompt_id = ${prompt.id} WHERE id = ${message.id}`;
  await addStage(tx, message, stage, now, { run });
}

interface Sleeper {
  agent: string;
  job: string;
  session: string | null;
  repository_id: string | null;
  repository_url: string | null;
}

/** A peer that is asked by its job goes on with that job; otherwise a job is made, which takes up the workstation's latest session. */
async function begin(tx: JobsTransaction, message: MessageRow, prompt: NewPrompt): Promise<string | null> {
  const last = await lastOf(tx, message);
  const run = newId("run");
  const first = { ...AT_ONCE, run, session: last?.session ?? null, prompt: prompt.text, first: prompt };
  if (message.to_job_id !== null)
    return (await isOver(tx, message.to_job_id))
      ? await createRun(tx, message.organization_id, { ...first, job: message.to_job_id })
      : null;
  const job = newId("job");
  const agent = last?.agent ?? message.to_agent ?? (await agentOf(tx, message.to_workstation_id));
  await insertJob(tx, message.organization_id, {
    job,
    person: await onBehalfOf(tx, message),
    workstation: message.to_workstation_id,
    agent: agent as AgentName,
    repository: last?.repository_id ?? null,
    repositoryUrl: last?.repository_url ?? null,
    prompt: prompt.text,
    plan: undefined,
  });
  // Whose it is, and how deep agents have caused each other by now.
  await tx.$executeRaw`UPDATE jobs.jobs SET parent_run_id = ${message.from_run_id}, depth = ${message.depth} WHERE id = ${job}`;
  return await createRun(tx, message.organization_id, { ...first, job });
}

/** What the peer did last, but for the job that asks. */
async function lastOf(tx: JobsTransaction, message: MessageRow): Promise<Sleeper | null> {
  const [last] = await tx.$queryRaw<Sleeper[]>`
    SELECT j.agent, r.job_id AS job, r.session, j.repository_id, j.repository_url
    FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id
    WHERE r.workstation_id = ${message.to_workstation_id} AND r.ended_at IS NOT NULL AND j.agent = ANY(${[...AGENTS]})
      AND (${message.to_agent}::text IS NULL OR j.agent = ${message.to_agent})
      AND (${message.to_job_id}::text IS NULL OR r.job_id = ${message.to_job_id})
      AND r.job_id IS DISTINCT FROM (SELECT job_id FROM jobs.runs WHERE id = ${message.from_run_id})
    ORDER BY r.session IS NOT NULL DESC, r.ended_at DESC LIMIT 1`;
  return last ?? null;
}

/** A job that has a run before it (scheduled, blocked) is told when that begins. */
async function isOver(tx: JobsTransaction, job: string): Promise<boolean> {
  return (await tx.jobsRuns.count({ where: { jobId: job, endedAt: null } })) === 0;
}

async function onBehalfOf(tx: JobsTransaction, message: MessageRow): Promise<string> {
  if (message.from_person_id !== null) return message.from_person_id;
  const [row] = await tx.$queryRaw<{ person: string }[]>`SELECT coalesce(
      (SELECT j.created_by FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id WHERE r.id = ${message.from_run_id}),
      (SELECT created_by FROM control.workstations WHERE id = ${message.from_workstation_id})) AS person`;
  return row?.person ?? "";
}

async function agentOf(tx: JobsTransaction, workstation: string): Promise<string> {
  const [row] = await tx.$queryRaw<
    { agents: unknown }[]
  >`SELECT agents FROM jobs.workstations WHERE workstation_id = ${workstation}`;
  const known = Array.isArray(row?.agents) ? row.agents : [];
  return AGENTS.find((agent) => known.includes(agent)) ?? "claude";
}
