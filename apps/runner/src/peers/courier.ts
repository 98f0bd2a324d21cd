/** What happens to messages by the clock: deadlines pass, peers that slept are there again, old ones are thrown away. */
import type { JobsDatabase } from "@nightgate/db/jobs";
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
export function createCourier(db: JobsDatabase): Courier {
  return {
    attend: async (organization, now) =>
      await db.asOrganization(organization, async (tx) => {
        const touched: string[] = [];
        const late = await tx.$queryRaw<
          MessageRow[]
        >`SELECT * FROM jobs.messages WHERE closed_at IS NULL AND deadline <= ${now}
          ORDER BY deadline LIMIT ${PEER_LIMITS.sweepBatch} FOR UPDATE SKIP LOCKED`;
        for (const message of late) {
          const answer =
            message.kind === "ask" ? "Nobody has answered in time." : "Nobody was there to hear it in time.";
          await closeMessage(tx, message, { state: "expired", answer }, now);
          if (message.from_run_id !== null) touched.push(message.from_run_id);
        }
        const waiting = await tx.$queryRaw<
          MessageRow[]
        >`SELECT m.* FROM jobs.messages m LEFT JOIN jobs.runs r ON r.id = m.to_run_id
          WHERE m.closed_at IS NULL AND m.state = 'queued' AND m.deadline > ${now} AND (m.to_run_id IS NULL OR r.ended_at IS NOT NULL)
          ORDER BY m.created_at LIMIT ${PEER_LIMITS.sweepBatch} FOR UPDATE OF m SKIP LOCKED`;
        for (const message of waiting) {
          const run = await deliver(tx, message, now);
          if (run !== null) touched.push(run);
        }
        await tx.$executeRaw`DELETE FROM jobs.messages WHERE closed_at < ${new Date(now.getTime() - PEER_LIMITS.keptMs)}`;
        return touched;
      }),
    concerned: async (organization, message) =>
      await db.asOrganization(organization, async (tx) => {
        const [row] = await tx.$queryRaw<Pick<MessageRow, "from_run_id" | "to_run_id">[]>`
          SELECT from_run_id, to_run_id FROM jobs.messages WHERE id = ${message}`;
        return [row?.from_run_id, row?.to_run_id].filter((run) => typeof run === "string");
      }),
  };
}
