/** What happens to messages by the clock: deadlines pass, peers that slept are there again, old ones are thrown away. */
import type { JobsDatabase, JobsTransaction } from "@nightgate/db/jobs";
import { Problem } from "@nightgate/shared/problems";
import { deliver } from "./deliver.ts";
import { PEER_LIMITS } from "./limits.ts";
import { closeMessage, type MessageRow } from "./message-row.ts";

export interface Courier {
  /** Does what is due in this organization. Answers the runs that have news. */
  attend(organization: string, now: Date): Promise<string[]>;
  /** Runs that an announced message concerns. */
  concerned(organization: string, message: string): Promise<string[]>;
}

/** The courier over the runner's own schema. Several may work at once: each message's row is locked. */
export function createCourier(db: Pick<JobsDatabase, "asOrganization">): Courier {
  return {
    attend: async (organization, now) => {
      const touched = await db.asOrganization(organization, async (tx) => await expire(tx, now));
      // Each in a transaction of its own: one that cannot be carried keeps no other one back.
      for (const id of await db.asOrganization(organization, async (tx) => await waiting(tx, now))) {
        const run = await carry(db, organization, id, now);
        if (run !== null) touched.push(run);
      }
      return touched;
    },
    concerned: async (organization, message) =>
      await db.asOrganization(organization, async (tx) => {
        const [row] = await tx.$queryRaw<Pick<MessageRow, "from_run_id" | "to_run_id">[]>`
          SELECT from_run_id, to_run_id FROM jobs.messages WHERE id = ${message}`;
        return [row?.from_run_id, row?.to_run_id].filter((run) => typeof run === "string");
      }),
  };
}

/** Answers the askers. */
async function expire(tx: JobsTransaction, now: Date): Promise<string[]> {
  const late = await tx.$queryRaw<
    MessageRow[]
  >`SELECT * FROM jobs.messages WHERE closed_at IS NULL AND deadline <= ${now}
    ORDER BY deadline LIMIT ${PEER_LIMITS.sweepBatch} FOR UPDATE SKIP LOCKED`;
  for (const message of late) {
    const answer =
      message.kind === "ask" ? "Nobody has answered in time." : "Nobody was there to hear it in time.";
    await closeMessage(tx, message, { state: "expired", answer }, now);
  }
  await tx.$executeRaw`DELETE FROM jobs.messages WHERE closed_at < ${new Date(now.getTime() - PEER_LIMITS.keptMs)}`;
  return late.flatMap(({ from_run_id: run }) => run ?? []);
}

/** Those that nobody has, or whose run ended before it heard them. */
async function waiting(tx: JobsTransaction, now: Date): Promise<string[]> {
  const rows = await tx.$queryRaw<
    { id: string }[]
  >`SELECT m.id FROM jobs.messages m LEFT JOIN jobs.runs r ON r.id = m.to_run_id
    WHERE m.closed_at IS NULL AND m.state = 'queued' AND m.deadline > ${now} AND (m.to_run_id IS NULL OR r.ended_at IS NOT NULL)
    ORDER BY m.created_at LIMIT ${PEER_LIMITS.sweepBatch}`;
  return rows.map(({ id }) => id);
}

/** Hands one over, if it still waits; one that can never be (its workstation is gone) is refused. Answers the run that has news. */
async function carry(
  db: Pick<JobsDatabase, "asOrganization">,
  organization: string,
  id: string,
  now: Date,
): Promise<string | null> {
  const locked = async (tx: JobsTransaction): Promise<MessageRow | null> => {
    const [row] = await tx.$queryRaw<
      MessageRow[]
    >`SELECT m.* FROM jobs.messages m LEFT JOIN jobs.runs r ON r.id = m.to_run_id
      WHERE m.id = ${id} AND m.closed_at IS NULL AND m.state = 'queued' AND (m.to_run_id IS NULL OR r.ended_at IS NOT NULL)
      FOR UPDATE OF m SKIP LOCKED`;
    return row ?? null;
  };
  try {
    return await db.asOrganization(organization, async (tx) => {
      const message = await locked(tx);
      return message === null ? null : await deliver(tx, message, now);
    });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { message: answer } = error;
    return await db.asOrganization(organization, async (tx) => {
      const message = await locked(tx);
      if (message !== null) await closeMessage(tx, message, { state: "refused", answer }, now);
      return message?.from_run_id ?? null;
    });
  }
}
