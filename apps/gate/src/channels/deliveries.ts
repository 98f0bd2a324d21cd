/** The outbox of channels: rows are written before anything is sent, taken by one statement, and never sent twice. */
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import { CHANNEL_LIMITS } from "./limits.ts";

export const ABOUT_KINDS = ["hold", "run", "question", "note", "briefing", "test"] as const;
export type AboutKind = (typeof ABOUT_KINDS)[number];

export interface About {
  kind: AboutKind;
  id: string;
  turn: number;
}

export interface Delivery {
  id: bigint;
  organization: string;
  link: string;
  person: string;
  channel: string;
  about: About;
  named: boolean;
  body: unknown;
  attempts: number;
  reference: string | null;
  createdAt: Date;
}

export interface NewDelivery {
  link: string;
  person: string;
  channel: string;
  named: boolean;
  dueAt: Date;
  body?: unknown;
}

export type DeliveryEnd =
  | { state: "sent"; reference: string | null }
  | { state: "failed" | "unknown" | "skipped" | "kept"; detail: string }
  /** `tried`: it was an attempt; not where its turn had just not come. */
  | { state: "waiting"; detail: string; dueAt: Date; tried: boolean };

interface Row {
  id: bigint;
  organization_id: string;
  link_id: string;
  person_id: string;
  channel_id: string;
  about_kind: AboutKind;
  about_id: string;
  turn: number;
  named: boolean;
  body: unknown;
  attempts: number;
  reference: string | null;
  created_at: Date;
}

const toDelivery = (row: Row): Delivery => ({
  id: row.id,
  organization: row.organization_id,
  link: row.link_id,
  person: row.person_id,
  channel: row.channel_id,
  about: { kind: row.about_kind, id: row.about_id, turn: row.turn },
  named: row.named,
  body: row.body,
  attempts: row.attempts,
  reference: row.reference,
  createdAt: row.created_at,
});

export interface Deliveries {
  /** Takes those that are due; whoever takes one must end it. */
  take(organization: string, now: Date): Promise<Delivery[]>;
  end(delivery: Delivery, end: DeliveryEnd, at: Date): Promise<void>;
  /** What an earlier process had on its way: nobody knows if it arrived, so it is not sent again. Idempotent channels get theirs back. */
  afterStart(organization: string, idempotent: readonly string[]): Promise<void>;
  /** Sent messages that still say that something waits, which is over. */
  unsettled(organization: string, since: Date): Promise<Delivery[]>;
  settled(delivery: Delivery, at: Date): Promise<void>;
  /** Which message of ours a reply is about. */
  referred(organization: string, link: string, reference: string): Promise<About | null>;
  /** Messages that the link was sent since then. */
  sentSince(organization: string, link: string, since: Date): Promise<number>;
  /** What is too old to be of use: messages that were taken, codes, and what became of messages long ago. */
  forget(organization: string, now: Date): Promise<void>;
  /** How another channel of the person fared with the same; null where none was sent. */
  toldElsewhere(delivery: Delivery): Promise<string | null>;
}

/** Writes what has not been written before. Returns true when there was something new. */
export async function writeDeliveries(
  tx: GateTransaction,
  organization: string,
  about: About,
  made: readonly NewDelivery[],
): Promise<boolean> {
  let written = 0;
  for (const { link, person, channel, named, dueAt, body } of made)
    written += await tx.$executeRaw`
      INSERT INTO gate.deliveries (organization_id, link_id, person_id, channel_id, about_kind, about_id, turn, named, due_at, body)
      VALUES (${organization}, ${link}, ${person}, ${channel}, ${about.kind}, ${about.id}, ${about.turn}, ${named}, ${dueAt},
        ${body === undefined ? null : JSON.stringify(body)}::jsonb)
      ON CONFLICT DO NOTHING`;
  return written > 0;
}

export function createDeliveries(db: GateDatabase): Deliveries {
  return {
    take: async (organization, now) =>
      await db.asOrganization(organization, async (tx) => {
        const rows = await tx.$queryRaw<Row[]>`
          UPDATE gate.deliveries SET state = 'sending', attempts = attempts + 1
          WHERE id IN (SELECT id FROM gate.deliveries WHERE state = 'waiting' AND due_at <= ${now}
            ORDER BY due_at, id LIMIT ${CHANNEL_LIMITS.takenMax} FOR UPDATE SKIP LOCKED)
          RETURNING *`;
        return rows.map(toDelivery).toSorted((a, b) => Number(a.id - b.id));
      }),
    end: async (delivery, end, at) => {
      const detail = "detail" in end ? end.detail.slice(0, 500) : "";
      await db.asOrganization(
        delivery.organization,
        async (tx) =>
          await tx.$executeRaw`
          UPDATE gate.deliveries SET state = ${end.state}, detail = ${detail},
            reference = coalesce(${"reference" in end ? end.reference : null}, reference),
            attempts = attempts - ${end.state === "waiting" && !end.tried ? 1 : 0},
            sent_at = CASE WHEN ${end.state} = 'sent' THEN ${at} ELSE sent_at END,
            due_at = CASE WHEN ${end.state} = 'waiting' THEN ${"dueAt" in end ? end.dueAt : at} ELSE due_at END
          WHERE id = ${delivery.id} AND state = 'sending'`,
      );
    },
    afterStart: async (organization, idempotent) =>
      await db.asOrganization(organization, async (tx) => {
        await tx.$executeRaw`
          UPDATE gate.deliveries SET state = 'waiting' WHERE state = 'sending' AND channel_id = ANY(${[...idempotent]})`;
        await tx.$executeRaw`
          UPDATE gate.deliveries SET state = 'unknown', detail = 'The gate ended while it was being sent.' WHERE state = 'sending'`;
      }),
    unsettled: async (organization, since) =>
      await db.asOrganization(organization, async (tx) => {
        const rows = await tx.$queryRaw<Row[]>`
          SELECT d.* FROM gate.deliveries d
          WHERE d.state = 'sent' AND d.settled_at IS NULL AND d.created_at > ${since} AND d.reference IS NOT NULL AND (
            (d.about_kind = 'hold' AND NOT EXISTS (SELECT 1 FROM gate.holds h WHERE h.id = d.about_id
              AND (h.state = 'pending') = (d.turn = 0) AND (d.turn = 0 OR h.state IN ('failed', 'unknown'))))
            OR (d.about_kind = 'question' AND EXISTS (SELECT 1 FROM jobs.human_messages m WHERE m.id = d.about_id
              AND (m.answered_at IS NOT NULL OR m.closed_reason IS NOT NULL)))
            OR (d.about_kind = 'run' AND EXISTS (SELECT 1 FROM gate.run_news n WHERE n.run_id = d.about_id AND n.turn <> d.turn)))
          ORDER BY d.id LIMIT ${CHANNEL_LIMITS.takenMax}`;
        return rows.map(toDelivery);
      }),
    settled: async (delivery, at) => {
      await db.asOrganization(
        delivery.organization,
        async (tx) =>
          await tx.$executeRaw`UPDATE gate.deliveries SET settled_at = ${at} WHERE id = ${delivery.id}`,
      );
    },
    referred: async (organization, link, reference) =>
      await db.asOrganization(organization, async (tx) => {
        const [row] = await tx.$queryRaw<Row[]>`
          SELECT * FROM gate.deliveries WHERE link_id = ${link} AND reference = ${reference} ORDER BY id DESC LIMIT 1`;
        return row === undefined ? null : toDelivery(row).about;
      }),
    sentSince: async (organization, link, since) =>
      await db.asOrganization(organization, async (tx) => {
        const [row] = await tx.$queryRaw<{ count: bigint }[]>`
          SELECT count(*) FROM gate.deliveries WHERE link_id = ${link} AND sent_at > ${since}`;
        return Number(row?.count ?? 0);
      }),
    forget: async (organization, now) =>
      await db.asOrganization(organization, async (tx) => {
        const before = (ms: number): Date => new Date(now.getTime() - ms);
        await tx.$executeRaw`
          DELETE FROM gate.channel_received WHERE received_at < ${before(CHANNEL_LIMITS.receivedKeptMs)}`;
        await tx.$executeRaw`DELETE FROM gate.channel_codes WHERE expires_at < ${before(CHANNEL_LIMITS.codeMs)}`;
        await tx.$executeRaw`
          DELETE FROM gate.deliveries WHERE created_at < ${before(CHANNEL_LIMITS.deliveriesKeptMs)}`;
      }),
    toldElsewhere: async ({ organization, person, link, about }) =>
      await db.asOrganization(organization, async (tx) => {
        const [row] = await tx.$queryRaw<{ channel_id: string }[]>`
          SELECT channel_id FROM gate.deliveries
          WHERE person_id = ${person} AND about_kind = ${about.kind} AND about_id = ${about.id} AND turn = ${about.turn}
            AND link_id <> ${link} AND state = 'sent' LIMIT 1`;
        return row?.channel_id ?? null;
      }),
  };
}
