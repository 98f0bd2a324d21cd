/** The rows of messages: written before anything is sent, so that a death of the gate loses none (one per hold, state and device). */
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import type { HoldState } from "@nightgate/shared/hold-states";
import type { Hold } from "../core/ports.ts";
import { toHold } from "../store/rows.ts";
import { PUSH_LIMITS } from "./limits.ts";

export interface Queued {
  id: bigint;
  organization: string;
  hold: string;
  holdState: string;
  subscription: string;
  attempts: number;
}

export interface Outbox {
  /** Writes a message for each device that has none about this state yet, and returns those that wait. */
  queue(
    organization: string,
    hold: string,
    state: HoldState,
    subscriptions: readonly string[],
  ): Promise<Queued[]>;
  /** Everything of the organization that still waits. */
  waiting(organization: string): Promise<Queued[]>;
  ended(message: Queued, state: "sent" | "failed" | "gone", detail: string, at: Date): Promise<void>;
  attempted(message: Queued, attempts: number, detail: string): Promise<void>;
  pendingHolds(organization: string): Promise<Hold[]>;
  /** The hold as it is now, and the first of the chain that it continues. */
  readHold(organization: string, id: string): Promise<{ hold: Hold; first: string } | null>;
}

export function createOutbox(db: GateDatabase): Outbox {
  const waiting = async (
    tx: GateTransaction,
    where: { holdId?: string; holdState?: string },
  ): Promise<Queued[]> => {
    const rows = await tx.gateNotifications.findMany({
      where: { ...where, state: "queued" },
      orderBy: { id: "asc" },
      take: PUSH_LIMITS.resumedMax,
    });
    return rows.map((row) => ({
      id: row.id,
      organization: row.organizationId,
      hold: row.holdId,
      holdState: row.holdState,
      subscription: row.subscriptionId,
      attempts: row.attempts,
    }));
  };
  return {
    queue: async (organization, hold, state, subscriptions) =>
      await db.asOrganization(organization, async (tx) => {
        await tx.gateNotifications.createMany({
          data: subscriptions.map((subscriptionId) => ({
            organizationId: organization,
            holdId: hold,
            holdState: state,
            subscriptionId,
          })),
          skipDuplicates: true,
        });
        return await waiting(tx, { holdId: hold, holdState: state });
      }),
    waiting: async (organization) =>
      await db.asOrganization(organization, async (tx) => await waiting(tx, {})),
    ended: async (message, state, detail, at) => {
      await db.asOrganization(
        message.organization,
        async (tx) =>
          await tx.gateNotifications.updateMany({
            where: { id: message.id },
            data: { state, detail, sentAt: state === "sent" ? at : null },
          }),
      );
    },
    attempted: async (message, attempts, detail) => {
      await db.asOrganization(
        message.organization,
        async (tx) =>
          await tx.gateNotifications.updateMany({ where: { id: message.id }, data: { attempts, detail } }),
      );
    },
    pendingHolds: async (organization) =>
      await db.asOrganization(organization, async (tx) =>
        (await tx.gateHolds.findMany({ where: { state: "pending" }, take: PUSH_LIMITS.resumedMax })).map(
          toHold,
        ),
      ),
    readHold: async (organization, id) =>
      await db.asOrganization(organization, async (tx) => {
        const row = await tx.gateHolds.findUnique({ where: { id } });
        return row === null ? null : { hold: toHold(row), first: await firstOfChain(tx, row) };
      }),
  };
}

async function firstOfChain(
  tx: GateTransaction,
  row: { id: string; supersedes: string | null },
): Promise<string> {
  let first = row;
  for (let step = 0; first.supersedes !== null && step < PUSH_LIMITS.chainStepsMax; step += 1) {
    const before = await tx.gateHolds.findUnique({
      where: { id: first.supersedes },
      select: { id: true, supersedes: true },
    });
    if (before === null) break;
    first = before;
  }
  return first.id;
}
