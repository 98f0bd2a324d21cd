/** The claim: the one place where a run gets to work. Locks are taken all or none, exactly: their rows are locked in key order, then counted. */
import type { JobsDatabase, JobsTransaction } from "@nightgate/db/jobs";
import type { Lock } from "../core/locks.ts";
import { askForNight } from "./questions-without-run.ts";
import type { RunRow } from "./run-row.ts";
import { findRun, moveRun } from "./run-store.ts";
import { mayBegin, readNight } from "./spending.ts";

export interface Claims {
  /**
   * Brings the first queued run that may begin to `dispatching`, with all of its locks: highest priority first, then the one that has waited
   * longest. Null when none may. Safe to call from many places at once.
   */
  claim(organization: string, workstations: readonly string[], now: Date): Promise<RunRow | null>;
}

/** The claims over the runner's own schema. */
export function createClaims(db: JobsDatabase): Claims {
  return {
    claim: async (organization, workstations, now) => {
      if (workstations.length === 0) return null;
      for (;;) {
        const claimed = await db.asOrganization(
          organization,
          async (tx) => await claimOne(tx, organization, workstations, now),
        );
        if (claimed !== "again") return claimed;
      }
    },
  };
}

/** Makes the locks that are not there yet. What an admin has set stays. */
export async function declareLocks(tx: JobsTransaction, locks: readonly Lock[]): Promise<void> {
  for (const { key, capacity } of locks)
    await tx.$executeRaw`INSERT INTO jobs.locks (organization_id, key, capacity)
      VALUES (nightgate_organization(), ${key}, ${capacity}) ON CONFLICT DO NOTHING`;
}

/** Nothing begins. Where something would, the people are asked: once, under the night's lock, which an answer takes as well. */
async function waitForMoney(tx: JobsTransaction, organization: string, now: Date): Promise<null | "again"> {
  if ((await tx.jobsRuns.count({ where: { state: "queued" }, take: 1 })) === 0) return null;
  await tx.$executeRaw`SELECT FROM jobs.nights FOR UPDATE`;
  const night = await readNight(tx, now);
  if (night === null || night.over === null) return "again";
  await askForNight(tx, organization, night);
  return null;
}

/** `again`: somebody else took a lock between looking and locking. */
async function claimOne(
  tx: JobsTransaction,
  organization: string,
  workstations: readonly string[],
  now: Date,
): Promise<RunRow | null | "again"> {
  const night = await readNight(tx, now);
  const begins = mayBegin(night);
  if (night !== null && begins === "none") return await waitForMoney(tx, organization, now);
  const [candidate] = await tx.$queryRaw<{ id: string; locks: string[]; has_locks: boolean }[]>`
    WITH busy AS (
      SELECT key, count(*) AS runs FROM jobs.runs, unnest(locks) AS key
      WHERE has_locks GROUP BY key
    )
    SELECT id, locks, has_locks FROM jobs.runs
    WHERE state = 'queued' AND workstation_id = ANY(${[...workstations]}) AND (${begins === "all"} OR any_time)
      AND (has_locks OR NOT locks && ARRAY(SELECT l.key FROM jobs.locks l JOIN busy USING (key) WHERE busy.runs >= l.capacity))
    ORDER BY priority DESC, queued_at, id LIMIT 1`;
  if (candidate === undefined) return null;
  // Every run has its organization's lock, so claims of one organization come one after the other from here on.
  const locked =
    await tx.$executeRaw`SELECT FROM jobs.locks WHERE key = ANY(${candidate.locks}) ORDER BY key FOR UPDATE`;
  // A lock that nobody declared would lock nothing.
  if (locked < candidate.locks.length) {
    await declareLocks(
      tx,
      candidate.locks.map((key) => ({ key, capacity: 1 })),
    );
    return "again";
  }
  // A statement of its own: only now is everything seen that was committed before the locks were ours. One that has kept its locks has its places.
  const full = await tx.$queryRaw<unknown[]>`
    SELECT l.key FROM jobs.locks l WHERE NOT ${candidate.has_locks} AND l.key = ANY(${candidate.locks}) AND l.capacity <=
      (SELECT count(*) FROM jobs.runs r WHERE r.has_locks AND l.key = ANY(r.locks))`;
  if (full.length > 0) return "again";
  const row = await findRun(tx, candidate.id);
  if (row === null) return null;
  const moved = await moveRun(tx, row, { to: "dispatching", prompts: [], resend: false });
  return moved ? { ...row, state: "dispatching", epoch: row.epoch + 1 } : "again";
}
