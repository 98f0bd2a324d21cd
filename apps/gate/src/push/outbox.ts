/** The rows of messages: written before anything is sent, so that a death of the gate loses none (one per hold, state and device; one per news of a run and device). */
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import type { HoldState } from "@nightgate/shared/hold-states";
import type { Hold } from "../core/ports.ts";
import { toHold } from "../store/rows.ts";
import { PUSH_LIMITS } from "./limits.ts";

export type About =
  | { kind: "hold"; hold: string; state: string }
  | { kind: "run"; run: string; state: string; turn: number }
  /** What an agent or the run engine says, where no state of a run tells of it. */
  | { kind: "message"; message: string };

export interface Queued {
  id: bigint;
  organization: string;
  about: About;
  subscription: string;
  attempts: number;
}

export interface Outbox {
  /** Writes a message for each device that has none about this yet, and returns those that wait. */
  queue(
    organization: string,
    about: Exclude<About, { kind: "hold" }> | { kind: "hold"; hold: string; state: HoldState },
    subscriptions: readonly string[],
  ): Promise<Queued[]>;
  /** Everything of the organization that still waits. */
  waiting(organization: string): Promise<Queued[]>;
  ended(message: Queued, state: "sent" | "failed" | "gone", detail: string, at: Date): Promise<void>;
  attempted(message: Queued, attempts: number, detail: string): Promise<void>;
  /** What the message goes out as: what is told later of the same thing replaces it. */
  tagged(message: Queued, tag: string): Promise<void>;
  pendingHolds(organization: string): Promise<Hold[]>;
  /** The hold as it is now, and the first of the chain that it continues. */
  readHold(organization: string, id: string): Promise<{ hold: Hold; first: string } | null>;
  /** Under which tag the device was told of any of these holds last; null where it was not. */
  tagOf(organization: string, holds: readonly string[], subscription: string): Promise<string | null>;
  /** Devices that were told of the run. */
  toldOfRun(organization: string, run: string): Promise<string[]>;
}

type Row = Awaited<ReturnType<GateTransaction["gateNotifications"]["findMany"]>>[number];

/** Null for a row that is about nothing, which the table does not take. */
function toQueued(row: Row): Queued | null {
  const about = aboutOf(row);
  return about === null
    ? null
    : {
        id: row.id,
        organization: row.organizationId,
        about,
        subscription: row.subscriptionId,
        attempts: row.attempts,
      };
}

function aboutOf(row: Row): About | null {
  if (row.holdId !== null && row.holdState !== null)
    return { kind: "hold", hold: row.holdId, state: row.holdState };
  if (row.runId !== null && row.runState !== null && row.runTurn !== null)
    return { kind: "run", run: row.runId, state: row.runState, turn: row.runTurn };
  if (row.messageId !== null) return { kind: "message", message: row.messageId };
  return null;
}

type Columns =
  | { holdId: string; holdState: string }
  | { runId: string; runState: string; runTurn: number }
  | { messageId: string };

function columnsOf(about: About): Columns {
  if (about.kind === "hold") return { holdId: about.hold, holdState: about.state };
  if (about.kind === "message") return { messageId: about.message };
  return { runId: about.run, runState: about.state, runTurn: about.turn };
}

export function createOutbox(db: GateDatabase): Outbox {
  const waiting = async (tx: GateTransaction, where: Columns | Record<never, never>): Promise<Queued[]> => {
    const rows = await tx.gateNotifications.findMany({
      where: { ...where, state: "queued" },
      orderBy: { id: "asc" },
      take: PUSH_LIMITS.resumedMax,
    });
    return rows.flatMap((row) => toQueued(row) ?? []);
  };
  const update = async (
    message: Queued,
    data: { state?: string; detail?: string; sentAt?: Date | null; attempts?: number; tag?: string },
  ): Promise<void> => {
    await db.asOrganization(
      message.organization,
      async (tx) => await tx.gateNotifications.updateMany({ where: { id: message.id }, data }),
    );
  };
  return {
    queue: async (organization, about, subscriptions) =>
      await db.asOrganization(organization, async (tx) => {
        await tx.gateNotifications.createMany({
          data: subscriptions.map((subscriptionId) => ({
            organizationId: organization,
            subscriptionId,
            ...columnsOf(about),
          })),
          skipDuplicates: true,
        });
        return await waiting(tx, columnsOf(about));
      }),
    waiting: async (organization) =>
      await db.asOrganization(organization, async (tx) => await waiting(tx, {})),
    ended: async (message, state, detail, at) =>
      await update(message, { state, detail, sentAt: state === "sent" ? at : null }),
    attempted: async (message, attempts, detail) => await update(message, { attempts, detail }),
    tagged: async (message, tag) => await update(message, { tag }),
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
    tagOf: async (organization, holds, subscription) =>
      await db.asOrganization(organization, async (tx) => {
        const row = await tx.gateNotifications.findFirst({
          where: {
            holdId: { in: [...holds] },
            subscriptionId: subscription,
            state: "sent",
            tag: { not: "" },
          },
          orderBy: { id: "desc" },
        });
        return row?.tag ?? null;
      }),
    toldOfRun: async (organization, run) =>
      await db.asOrganization(organization, async (tx) => {
        const rows = await tx.gateNotifications.findMany({
          where: { runId: run, state: { in: ["sent", "queued"] } },
          select: { subscriptionId: true },
          distinct: ["subscriptionId"],
        });
        return rows.map((row) => row.subscriptionId);
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
