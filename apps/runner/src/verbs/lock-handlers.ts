/** Carries out the verbs of locks. Who has a lock is not stored: it is the runs that name it and are at work, or keep it. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import type { lockVerbs } from "@nightgate/shared/verbs/lock-verbs";
import type { Handlers, VerbCaller } from "./caller.ts";
import { workstationNames } from "./seen-jobs.ts";

interface LockRow {
  key: string;
  capacity: number;
  held_by: string[];
  waiting: bigint;
}

/** `named/<workstation>/<name>` or `named/<name>`. */
const NAMED = /^named\/(?:(ws_[^/]+)\/)?(.+)$/;

export const lockHandlers: Handlers<typeof lockVerbs> = {
  lock_list: async (tx, { workstation }) => {
    const rows = await tx.$queryRaw<LockRow[]>`
      SELECT l.key, l.capacity,
        ARRAY(SELECT r.id FROM jobs.runs r WHERE r.has_locks AND l.key = ANY(r.locks) ORDER BY 1) AS held_by,
        (SELECT count(*) FROM jobs.runs r WHERE r.state = 'queued' AND NOT r.has_locks AND l.key = ANY(r.locks)) AS waiting
      FROM jobs.locks l WHERE l.key LIKE 'named/%' ORDER BY l.key`;
    const nameOf = await workstationNames(tx);
    const locks = rows.flatMap(({ key, capacity, held_by, waiting }) => {
      const [, on = null, name = key] = NAMED.exec(key) ?? [];
      // Another workstation's own locks are none of an agent's business.
      if (workstation !== null && on !== null && on !== workstation) return [];
      return [
        {
          lock: name,
          key,
          workstation: on === null ? null : nameOf(on),
          capacity,
          held_by,
          waiting: Number(waiting),
        },
      ];
    });
    return { result: { locks } };
  },
  lock_release: async (tx, caller, { key, run }) => {
    checkAdmin(caller, "release locks");
    await checkLock(tx, key);
    const rows = await tx.$queryRaw<{ id: string }[]>`UPDATE jobs.runs SET locks = array_remove(locks, ${key})
      WHERE has_locks AND ${key} = ANY(locks) AND (${run ?? null}::text IS NULL OR id = ${run ?? null})
      RETURNING id`;
    // Announced, so that whoever waits for it begins.
    await tx.$executeRaw`UPDATE jobs.locks SET capacity = capacity WHERE key = ${key}`;
    return { result: { key, released: rows.map(({ id }) => id) } };
  },
  lock_set: async (tx, caller, { key, capacity }) => {
    checkAdmin(caller, "change locks");
    await checkLock(tx, key);
    await tx.$executeRaw`UPDATE jobs.locks SET capacity = ${capacity} WHERE key = ${key}`;
    return { result: { key, capacity } };
  },
};

function checkAdmin({ role }: VerbCaller, what: string): void {
  if (role !== "owner" && role !== "admin") throw new Problem("role.refused", { what });
}

/** Only named ones: the slots of organizations, workstations and folders are the platform's. */
async function checkLock(tx: JobsTransaction, key: string): Promise<void> {
  const there = await tx.jobsLocks.count({ where: { key } });
  if (there !== 1 || !NAMED.test(key)) throw new Problem("not-found", { what: `lock ${key}` });
}
