/** The inbox through which web asks: taken in order per organization, each message once. */
import type { JobsDatabase, JobsTransaction } from "@nightgate/db/jobs";

export interface InboxMessage {
  id: bigint;
  body: unknown;
}

export interface InboxStore {
  /** The oldest messages that were not handled. */
  open(organization: string, count: number): Promise<InboxMessage[]>;
  /**
   * Does `work` and marks the message in one transaction, if it was not handled already. Answers whether it was done now.
   * When `work` throws nothing of it is kept.
   */
  handle(organization: string, id: bigint, work: (tx: JobsTransaction) => Promise<void>): Promise<boolean>;
  /** Marks the message as one that could not be carried out, with the sentence for the person. */
  fail(organization: string, id: bigint, error: string): Promise<void>;
}

/** The store over jobs.inbox. */
export function createInboxStore(db: JobsDatabase): InboxStore {
  return {
    open: async (organization, count) =>
      await db.asOrganization(
        organization,
        async (tx) =>
          await tx.jobsInbox.findMany({
            where: { handledAt: null },
            orderBy: { id: "asc" },
            take: count,
            select: { id: true, body: true },
          }),
      ),
    handle: async (organization, id, work) =>
      await db.asOrganization(organization, async (tx) => {
        const { count } = await tx.jobsInbox.updateMany({
          where: { id, handledAt: null },
          data: { handledAt: new Date() },
        });
        if (count === 1) await work(tx);
        return count === 1;
      }),
    fail: async (organization, id, error) =>
      await db.asOrganization(organization, async (tx) => {
        await tx.jobsInbox.updateMany({
          where: { id, handledAt: null },
          data: { handledAt: new Date(), error },
        });
      }),
  };
}
