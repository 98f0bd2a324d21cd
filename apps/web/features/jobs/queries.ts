/** Many tasks at once: lists and the inbox. Each with its newest run; what was asked and not taken up yet comes first. */
import type { ControlTransaction } from "@nightgate/db/control";
import { jobsInboxMessage } from "@nightgate/shared/jobs-inbox";
import { RUN_STATES, type RunState } from "@nightgate/shared/run-states";
import { limits } from "../../limits.ts";
import { asMember, type Member } from "../../server/member.ts";
import { milliseconds } from "../../server/plain.ts";
import type { TaskLine } from "../../ui/task-line-view.ts";
import { runStatesOf, type TaskGroup } from "../../ui/task-states.ts";
import { titleOf } from "./present.ts";
import type { JobFilter } from "./schema.ts";

const TASKS_OF_WORKSTATION = 8;

interface LineRow {
  id: string;
  title: string;
  run: string | null;
  agent: string;
  workstation: string | null;
  workstation_id: string;
  state: string | null;
  error: string | null;
  result: string | null;
  created_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
  resume_at: Date | null;
  due_at: Date | null;
}

/** A page of tasks, newest first. `before` is the creation time of the last one seen. */
export async function listTasks(
  tx: ControlTransaction,
  ask: { show: JobFilter; before: Date | null },
): Promise<{ lines: TaskLine[]; next: string | null }> {
  const states = ask.show === "all" ? RUN_STATES : runStatesOf(ask.show);
  const rows = await linesWhere(tx, {
    states,
    before: ask.before,
    endedAfter: null,
    limit: limits.tasksPerPage + 1,
  });
  const lines = rows.slice(0, limits.tasksPerPage).map(presentLine);
  const first = ask.before === null && ask.show !== "done" ? await unbornTasks(tx) : [];
  const last = lines.at(-1);
  return {
    lines: [...first, ...lines],
    next: rows.length > limits.tasksPerPage && last ? new Date(last.createdAt).toISOString() : null,
  };
}

/** The tasks of one group; ended ones only if they ended after `endedAfter`. */
export async function tasksOfGroup(
  tx: ControlTransaction,
  group: TaskGroup,
  endedAfter: Date,
): Promise<TaskLine[]> {
  const rows = await linesWhere(tx, {
    states: runStatesOf(group),
    before: null,
    endedAfter,
    limit: limits.tasksPerPage,
  });
  const lines = rows.map(presentLine);
  return group === "done"
    ? lines
    : [
        ...(await unbornTasks(tx)).filter((line) => (line.state === "refused") === (group === "needs")),
        ...lines,
      ];
}

/** The newest tasks of one workstation. */
export async function tasksOfWorkstation(tx: ControlTransaction, workstation: string): Promise<TaskLine[]> {
  const rows = await linesWhere(tx, {
    states: RUN_STATES,
    before: null,
    endedAfter: null,
    limit: TASKS_OF_WORKSTATION,
    workstation,
  });
  return rows.map(presentLine);
}

/** The task that a run belongs to; null for another organization's as for one that does not exist. */
export async function jobOfRun(member: Member, run: string): Promise<string | null> {
  return await asMember(member, async (tx) => {
    const row = await tx.jobsRuns.findUnique({ where: { id: run }, select: { jobId: true } });
    return row?.jobId ?? null;
  });
}

async function linesWhere(
  tx: ControlTransaction,
  where: {
    states: RunState[];
    before: Date | null;
    endedAfter: Date | null;
    limit: number;
    workstation?: string;
  },
): Promise<LineRow[]> {
  const before = where.before ?? new Date("9999-01-01T00:00:00Z");
  const endedAfter = where.endedAfter ?? new Date(0);
  const workstation = where.workstation ?? null;
  return await tx.$queryRaw<LineRow[]>`
    SELECT j.id, j.title, r.id AS run, j.agent, j.workstation_id, w.name AS workstation, coalesce(r.state, s.state, 'queued') AS state, left(r.error, 400) AS error, left(r.result, 400) AS result,
      j.created_at, r.started_at, r.ended_at, r.resume_at, coalesce(r.due_at, s.next_at) AS due_at
    FROM jobs.jobs j
    LEFT JOIN control.workstations w ON w.id = j.workstation_id
    LEFT JOIN LATERAL (SELECT * FROM jobs.runs WHERE job_id = j.id ORDER BY created_at DESC, id DESC LIMIT 1) r ON true
    LEFT JOIN LATERAL (SELECT 'scheduled' AS state, min(next_at) AS next_at FROM jobs.schedules
      WHERE r.id IS NULL AND job_id = j.id AND deleted_at IS NULL HAVING count(*) > 0) s ON true
    WHERE coalesce(r.state, s.state, 'queued') = ANY(${where.states}) AND j.created_at < ${before} AND (r.ended_at IS NULL OR r.ended_at > ${endedAfter})
      AND (${workstation}::text IS NULL OR j.workstation_id = ${workstation}) AND j.kind <> 'chain'
    ORDER BY j.created_at DESC LIMIT ${where.limit}`;
}

function presentLine(row: LineRow): TaskLine {
  const state = RUN_STATES.find((candidate) => candidate === row.state) ?? "queued";
  return {
    id: row.id,
    title: row.title,
    run: row.run,
    agent: row.agent,
    workstation: row.workstation ?? row.workstation_id,
    state,
    why: firstLine(
      state === "failed" || state === "needs_auth" || state === "rate_limited"
        ? row.error
        : state === "awaiting_input"
          ? row.result
          : "",
    ),
    createdAt: row.created_at.getTime(),
    startedAt: milliseconds(row.started_at),
    endedAt: milliseconds(row.ended_at),
    resumeAt: milliseconds(row.resume_at),
    dueAt: state === "scheduled" ? milliseconds(row.due_at) : null,
  };
}

function firstLine(text: string | null): string {
  return (text ?? "").trim().split("\n")[0] ?? "";
}

/** Tasks that were asked for and that the runner has not made, or has refused to make within the last days. */
async function unbornTasks(tx: ControlTransaction): Promise<TaskLine[]> {
  const rows = await tx.jobsInbox.findMany({
    where: {
      AND: [
        { body: { path: ["kind"], equals: "job.create" } },
        { OR: [{ handledAt: null }, { error: { not: null } }] },
        { createdAt: { gt: new Date(Date.now() - limits.inboxDaysMs) } },
      ],
    },
    orderBy: { id: "desc" },
    take: limits.tasksPerPage,
  });
  const asked = rows.flatMap((row) => {
    const message = jobsInboxMessage.safeParse(row.body);
    return message.success && message.data.kind === "job.create"
      ? [{ message: message.data, error: row.error, at: row.createdAt.getTime() }]
      : [];
  });
  if (asked.length === 0) return [];
  const made = new Set(
    (
      await tx.jobsJobs.findMany({
        where: { id: { in: asked.map((row) => row.message.job) } },
        select: { id: true },
      })
    ).map((job) => job.id),
  );
  const names = new Map(
    (await tx.controlWorkstations.findMany({ select: { id: true, name: true } })).map((row) => [
      row.id,
      row.name,
    ]),
  );
  return asked
    .filter((row) => !made.has(row.message.job))
    .map((row) => ({
      id: row.message.job,
      title: titleOf(row.message.prompt),
      run: null,
      agent: row.message.agent,
      workstation: names.get(row.message.workstation) ?? row.message.workstation,
      state: row.error === null ? ("sending" as const) : ("refused" as const),
      why: firstLine(row.error),
      createdAt: row.at,
      startedAt: null,
      endedAt: null,
      resumeAt: null,
      dueAt: null,
    }));
}
