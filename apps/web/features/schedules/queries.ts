/** The organization's schedules with their last fires, and those that were asked for and are not there. */
import type { ControlTransaction } from "@nightgate/db/control";
import { jobsInboxMessage } from "@nightgate/shared/jobs-inbox";
import { limits } from "../../limits.ts";
import { may } from "../../server/may.ts";
import { asMember, type Member } from "../../server/member.ts";
import { milliseconds } from "../../server/plain.ts";
import { cronWords, hasSeconds, instantWords } from "./present.ts";

const FIRES_SHOWN = 5;

export interface FireView {
  dueAt: number;
  outcome: "run" | "overlap" | "missed";
  /** The run's state, or the night's; null without one. */
  state: string | null;
  /** The night of the chain that it began; null for a run. */
  night: string | null;
}

export interface ScheduleView {
  id: string;
  job: string;
  /** The chain that it is a schedule of; null for a task's own. */
  chain: { id: string; name: string } | null;
  name: string;
  prompt: string;
  workstation: string;
  agent: string;
  cron: string | null;
  /** When, in words; null where only the expression says it. */
  words: string | null;
  timeZone: string;
  nextAt: number | null;
  /** The next fire as clocks in its zone have it. */
  nextInZone: string | null;
  paused: boolean;
  pauseReason: string;
  fires: FireView[];
}

export interface SchedulesPage {
  schedules: ScheduleView[];
  /** Asked for and not there: the runner has not taken it up (`why` null), or has refused. */
  asked: { id: string; name: string; why: string | null }[];
  mayChange: boolean;
}

interface Row {
  id: string;
  job_id: string;
  chain_id: string | null;
  chain_name: string | null;
  name: string;
  title: string;
  agent: string;
  workstation: string;
  cron: string | null;
  time_zone: string;
  next_at: Date | null;
  paused: boolean;
  pause_reason: string;
}

/** Those that will fire first come first; paused and past ones last. */
export async function openSchedules(member: Member): Promise<SchedulesPage> {
  return await asMember(member, async (tx) => {
    const rows = await tx.$queryRaw<Row[]>`
      SELECT s.id, s.job_id, c.id AS chain_id, c.name AS chain_name, s.name, j.title, j.agent, coalesce(w.name, j.workstation_id) AS workstation,
        s.cron, s.time_zone, s.next_at, s.paused, s.pause_reason
      FROM jobs.schedules s JOIN jobs.jobs j ON j.id = s.job_id
      LEFT JOIN control.workstations w ON w.id = j.workstation_id
      LEFT JOIN jobs.chains c ON c.job_id = j.id AND c.deleted_at IS NULL
      WHERE s.deleted_at IS NULL
      ORDER BY s.paused, s.next_at NULLS LAST, s.name LIMIT ${limits.tasksPerPage}`;
    const fires = await lastFires(
      tx,
      rows.map((row) => row.id),
    );
    return {
      schedules: rows.map((row) => present(row, fires.get(row.id) ?? [])),
      asked: await askedOnly(tx),
      mayChange: may(member, "jobs.act"),
    };
  });
}

function present(row: Row, fires: FireView[]): ScheduleView {
  return {
    id: row.id,
    job: row.job_id,
    chain: row.chain_id === null ? null : { id: row.chain_id, name: row.chain_name ?? "" },
    name: row.name,
    prompt: row.title,
    workstation: row.workstation,
    agent: row.agent,
    cron: row.cron,
    words: row.cron === null ? "once" : cronWords(row.cron),
    timeZone: row.time_zone,
    nextAt: milliseconds(row.next_at),
    nextInZone: row.next_at === null ? null : instantWords(row.next_at, row.time_zone, hasSeconds(row.cron)),
    paused: row.paused,
    pauseReason: row.pause_reason,
    fires,
  };
}

async function lastFires(tx: ControlTransaction, schedules: string[]): Promise<Map<string, FireView[]>> {
  const rows = await tx.$queryRaw<
    {
      schedule_id: string;
      due_at: Date;
      outcome: FireView["outcome"];
      state: string | null;
      chain_run_id: string | null;
    }[]
  >`
    SELECT f.schedule_id, f.due_at, f.outcome, coalesce(r.state, n.state) AS state, f.chain_run_id
    FROM unnest(${schedules}::text[]) AS s(id)
    CROSS JOIN LATERAL (SELECT * FROM jobs.fires WHERE schedule_id = s.id ORDER BY due_at DESC LIMIT ${FIRES_SHOWN}) f
    LEFT JOIN jobs.runs r ON r.id = f.run_id LEFT JOIN jobs.chain_runs n ON n.id = f.chain_run_id
    ORDER BY f.due_at DESC`;
  const fires = new Map<string, FireView[]>();
  for (const row of rows) {
    const fire = {
      dueAt: row.due_at.getTime(),
      outcome: row.outcome,
      state: row.state,
      night: row.chain_run_id,
    };
    fires.set(row.schedule_id, [...(fires.get(row.schedule_id) ?? []), fire]);
  }
  return fires;
}

async function askedOnly(tx: ControlTransaction): Promise<SchedulesPage["asked"]> {
  const rows = await tx.jobsInbox.findMany({
    where: {
      AND: [
        { body: { path: ["kind"], equals: "schedule.create" } },
        { OR: [{ handledAt: null }, { error: { not: null } }] },
        { createdAt: { gt: new Date(Date.now() - limits.inboxDaysMs) } },
      ],
    },
    orderBy: { id: "desc" },
    take: limits.tasksPerPage,
  });
  return rows.flatMap((row) => {
    const message = jobsInboxMessage.safeParse(row.body);
    return message.success && message.data.kind === "schedule.create"
      ? [{ id: message.data.schedule, name: message.data.name, why: row.error }]
      : [];
  });
}
