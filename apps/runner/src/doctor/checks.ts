/** The doctor's checks, from the database alone: what a runner keeps in memory it would lose, and then not know. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { RunState } from "@nightgate/shared/run-states";
import { LIMITS } from "../limits.ts";
import { findRun, moveRun } from "../store/run-store.ts";
import type { Check, Finding, Patient } from "./finding.ts";
import { socketsGone } from "./sockets.ts";

interface RunSeen {
  id: string;
  title: string;
  at: Date;
  seen: Date | null;
}

export const CHECKS: readonly Check[] = [
  ghosts,
  standingStill,
  approvalsWithoutHold,
  inputWithoutQuestion,
  waitingForKeys,
  neverClaimed,
  schedulesThatNeverFire,
  locksOfNobody,
  socketsGone,
];

/** At work, but its workstation is gone for long: nobody can say that its process lives. */
async function ghosts(tx: JobsTransaction, patient: Patient, now: Date): Promise<Finding[]> {
  const before = new Date(now.getTime() - LIMITS.ghostAfterMs);
  const rows = await tx.$queryRaw<RunSeen[]>`
    SELECT r.id, j.title, r.work_since AS at, w.updated_at AS seen FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id
    LEFT JOIN jobs.workstations w ON w.workstation_id = r.workstation_id
    WHERE r.state IN ('dispatching', 'running', 'cancelling') AND r.work_since < ${before}
      AND (w.workstation_id IS NULL OR (NOT w.connected AND w.updated_at < ${before}))
      AND (${patient.workstation}::text IS NULL OR r.workstation_id = ${patient.workstation}) ORDER BY r.id`;
  return rows.map(({ id, title, seen }) => ({
    id: `ghost-${id}`,
    kind: "ghost",
    run: id,
    what: `${id} (${title}) is at work, but its workstation is not there.`,
    why:
      seen === null
        ? "Its workstation has never been connected."
        : `Its workstation was last connected at ${seen.toISOString()}.`,
    repair: {
      say: `Put ${id} back into the queue. It gives its locks back, and goes on in its session when the workstation is back.`,
      do: async (inside) => await requeue(inside, id),
    },
  }));
}

/** At work and connected, and nothing new for longer than the whole stall ladder takes. */
async function standingStill(tx: JobsTransaction, patient: Patient, now: Date): Promise<Finding[]> {
  const before = new Date(now.getTime() - LIMITS.stuckAfterMs);
  const rows = await tx.$queryRaw<RunSeen[]>`
    SELECT r.id, j.title, r.work_since AS at, (SELECT max(e.at) FROM jobs.events e WHERE e.run_id = r.id) AS seen
    FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id
    JOIN jobs.workstations w ON w.workstation_id = r.workstation_id AND w.connected
    WHERE r.state IN ('dispatching', 'running', 'cancelling') AND r.work_since < ${before}
      AND NOT EXISTS (SELECT FROM jobs.events e WHERE e.run_id = r.id AND e.at >= ${before})
      AND (${patient.workstation}::text IS NULL OR r.workstation_id = ${patient.workstation}) ORDER BY r.id`;
  return rows.map(({ id, title, at, seen }) => ({
    id: `stuck-${id}`,
    kind: "stuck",
    run: id,
    what: `${id} (${title}) is at work, and nothing has come of it for long.`,
    why: `It has been at work since ${at.toISOString()}; its last event is ${seen === null ? "none at all" : `of ${seen.toISOString()}`}.`,
    repair: {
      say: `End ${id}: its processes are stopped, and it becomes cancelled.`,
      do: async (inside) => await end(inside, id),
    },
  }));
}

async function approvalsWithoutHold(tx: JobsTransaction, patient: Patient): Promise<Finding[]> {
  const rows = await tx.$queryRaw<RunSeen[]>`
    SELECT r.id, j.title, r.created_at AS at, NULL::timestamptz AS seen FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id
    WHERE r.state = 'awaiting_approval' AND NOT EXISTS (SELECT FROM gate.hold_view h WHERE h.run_id = r.id AND h.ended_at IS NULL)
      AND NOT EXISTS (SELECT FROM jobs.human_messages m WHERE m.run_id = r.id AND m.kind = 'question' AND m.answered_at IS NULL AND m.closed_reason IS NULL)
      AND (${patient.workstation}::text IS NULL OR r.workstation_id = ${patient.workstation}) ORDER BY r.id`;
  return rows.map(({ id, title }) => ({
    id: `approval-${id}`,
    kind: "contradiction",
    run: id,
    what: `${id} (${title}) waits for an approval, but nothing of it is held any more.`,
    why: "The hold that it waited for has ended, and the run has not heard of it.",
    repair: {
      say: `Look at ${id} again: it is told what became of its holds, or ends.`,
      do: () => Promise.resolve([id]),
    },
  }));
}

/** A run that somebody has interrupted waits for words, which nobody has asked for: after a day that was forgotten. */
async function inputWithoutQuestion(tx: JobsTransaction, patient: Patient, now: Date): Promise<Finding[]> {
  const before = new Date(now.getTime() - LIMITS.forgottenAfterMs);
  const rows = await tx.$queryRaw<RunSeen[]>`
    SELECT r.id, j.title, r.created_at AS at, e.at AS seen FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id
    JOIN LATERAL (SELECT max(at) AS at FROM jobs.events WHERE run_id = r.id) e ON e.at < ${before}
    WHERE r.state = 'awaiting_input'
      AND NOT EXISTS (SELECT FROM jobs.human_messages m WHERE m.run_id = r.id AND m.kind = 'question' AND m.answered_at IS NULL AND m.closed_reason IS NULL)
      AND (${patient.workstation}::text IS NULL OR r.workstation_id = ${patient.workstation}) ORDER BY r.id`;
  return rows.map(({ id, title, seen }) => ({
    id: `input-${id}`,
    kind: "contradiction",
    run: id,
    what: `${id} (${title}) waits for words, but no question is open.`,
    why: `It was interrupted, and nobody has said anything since ${seen?.toISOString() ?? "then"}.`,
    repair: {
      say: `End ${id}: it becomes cancelled. More words to its job still resume its session.`,
      do: async (inside) => await end(inside, id),
    },
  }));
}

async function waitingForKeys(tx: JobsTransaction, patient: Patient): Promise<Finding[]> {
  const rows = await tx.$queryRaw<(RunSeen & { error: string })[]>`
    SELECT r.id, j.title, r.created_at AS at, NULL::timestamptz AS seen, r.error FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id
    WHERE r.state = 'needs_auth' AND (${patient.workstation}::text IS NULL OR r.workstation_id = ${patient.workstation}) ORDER BY r.id`;
  return rows.map(({ id, title, error }) => ({
    id: `key-${id}`,
    kind: "stuck",
    run: id,
    what: `${id} (${title}) waits for a credential.`,
    why: `The model's provider did not accept its key${error === "" ? "" : ` (${error.slice(0, 300)})`}. Put in a new one at the gate; the run then goes on by itself.`,
    repair: null,
  }));
}

/** Queued for long on a workstation that is not there. */
async function neverClaimed(tx: JobsTransaction, patient: Patient, now: Date): Promise<Finding[]> {
  const before = new Date(now.getTime() - LIMITS.ghostAfterMs);
  const rows = await tx.$queryRaw<(RunSeen & { workstation: string })[]>`
    SELECT r.id, j.title, r.queued_at AS at, w.updated_at AS seen, c.name AS workstation FROM jobs.runs r
    JOIN jobs.jobs j ON j.id = r.job_id JOIN control.workstations c ON c.id = r.workstation_id
    LEFT JOIN jobs.workstations w ON w.workstation_id = r.workstation_id
    WHERE r.state = 'queued' AND r.queued_at < ${before} AND NOT coalesce(w.connected, false)
      AND (${patient.workstation}::text IS NULL OR r.workstation_id = ${patient.workstation}) ORDER BY r.id`;
  return rows.map(({ id, title, at, workstation }) => ({
    id: `queued-${id}`,
    kind: "stuck",
    run: id,
    what: `${id} (${title}) has been in the queue since ${at.toISOString()}.`,
    why: `Its workstation ${workstation} is not connected. Start it; the run then begins by itself.`,
    repair: null,
  }));
}

async function schedulesThatNeverFire(tx: JobsTransaction, patient: Patient, now: Date): Promise<Finding[]> {
  if (patient.workstation !== null) return [];
  const before = new Date(now.getTime() - LIMITS.ghostAfterMs);
  const rows = await tx.$queryRaw<{ id: string; name: string; next: Date | null }[]>`
    SELECT id, name, next_at AS next FROM jobs.schedules WHERE deleted_at IS NULL AND NOT paused
      AND ((cron IS NOT NULL AND next_at IS NULL) OR next_at < ${before}) ORDER BY id`;
  return rows.map(({ id, name, next }) => ({
    id: `schedule-${id}`,
    kind: "contradiction",
    run: null,
    what: `The schedule ${name} (${id}) does not fire.`,
    why:
      next === null
        ? "It has no next time, although its expression has one."
        : `It was due at ${next.toISOString()}.`,
    repair: {
      say: `Look at ${name} again now: what it missed is made up for as its rule says, and its next time is found anew.`,
      do: async (inside) => {
        await inside.jobsSchedules.update({ where: { id }, data: { nextAt: next ?? now } });
        return [];
      },
    },
  }));
}

/** Named by a run that waits, and never made: nothing would ever be counted against it. */
async function locksOfNobody(tx: JobsTransaction, patient: Patient): Promise<Finding[]> {
  if (patient.workstation !== null) return [];
  const rows = await tx.$queryRaw<{ key: string; capacity: number; runs: bigint }[]>`
    SELECT l.key, l.capacity, count(r.id) AS runs FROM jobs.locks l
    JOIN jobs.runs r ON l.key = ANY(r.locks) AND r.has_locks
    GROUP BY l.key, l.capacity HAVING count(r.id) > l.capacity ORDER BY l.key`;
  return rows.map(({ key, capacity, runs }) => ({
    id: `lock-${key}`,
    kind: "contradiction",
    run: null,
    what: `The lock ${key} is held ${runs} times, and has room for ${capacity}.`,
    why: "Its room was made smaller while more runs had it. Nothing more begins with it until enough of them are done.",
    repair: null,
  }));
}

/** By way of the one move that gives everything back. */
async function requeue(tx: JobsTransaction, id: string): Promise<string[]> {
  return await moveTo(tx, id, "queued");
}

async function end(tx: JobsTransaction, id: string): Promise<string[]> {
  return await moveTo(tx, id, "cancelling");
}

async function moveTo(tx: JobsTransaction, id: string, to: RunState): Promise<string[]> {
  const run = await findRun(tx, id);
  if (run === null) return [];
  const wanted = run.state === "cancelling" ? "cancelled" : to;
  return (await moveRun(tx, run, { to: wanted, prompts: [], resend: true })) ? [id] : [];
}
