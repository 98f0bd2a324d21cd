/** The locks that people and chains have named: who has each, and who waits for it. Who has one is not stored twice: it is the runs at work that name it. */
import { limits } from "../../limits.ts";
import { may } from "../../server/may.ts";
import { asMember, type Member } from "../../server/member.ts";

export interface LockRun {
  run: string;
  job: string;
  title: string;
  since: number;
}

export interface LockView {
  key: string;
  name: string;
  /** The workstation on which it counts; null for the whole organization. */
  workstation: string | null;
  capacity: number;
  held: LockRun[];
  waiting: LockRun[];
}

export interface LocksPage {
  locks: LockView[];
  /** Owners and admins. */
  mayChange: boolean;
}

interface Row {
  key: string;
  capacity: number;
  workstation: string | null;
  run: string | null;
  job: string | null;
  title: string | null;
  has: boolean | null;
  since: Date | null;
}

const NAMED = /^named\/(?:ws_[^/]+\/)?(.+)$/u;

export async function openLocks(member: Member): Promise<LocksPage> {
  return await asMember(member, async (tx) => {
    const rows = await tx.$queryRaw<Row[]>`
      SELECT l.key, l.capacity, coalesce(w.name, substring(l.key FROM '^named/(ws_[^/]+)/')) AS workstation,
        r.id AS run, r.job_id AS job, j.title, r.has_locks AS has, CASE WHEN r.has_locks THEN coalesce(r.work_since, r.started_at) ELSE r.queued_at END AS since
      FROM jobs.locks l
      LEFT JOIN control.workstations w ON w.id = substring(l.key FROM '^named/(ws_[^/]+)/')
      LEFT JOIN jobs.runs r ON l.key = ANY(r.locks) AND (r.has_locks OR r.state = 'queued')
      LEFT JOIN jobs.jobs j ON j.id = r.job_id
      WHERE l.key LIKE 'named/%' ORDER BY l.key, r.priority DESC, r.queued_at, r.id LIMIT ${limits.lockRowsMax}`;
    return { locks: [...grouped(rows).values()], mayChange: may(member, "members.change") };
  });
}

function grouped(rows: readonly Row[]): Map<string, LockView> {
  const locks = new Map<string, LockView>();
  for (const row of rows) {
    const { key, capacity, workstation } = row;
    const name = NAMED.exec(key)?.[1] ?? key;
    const lock = locks.get(key) ?? { key, name, workstation, capacity, held: [], waiting: [] };
    locks.set(key, lock);
    if (row.run === null || row.job === null) continue;
    const run = { run: row.run, job: row.job, title: row.title ?? row.run, since: row.since?.getTime() ?? 0 };
    (row.has === true ? lock.held : lock.waiting).push(run);
  }
  return locks;
}
