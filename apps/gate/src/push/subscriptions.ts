/** The rows of a person's devices. */
import { randomBytes } from "node:crypto";
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import { Problem } from "@nightgate/shared/problems";
import { PUSH_LIMITS } from "./limits.ts";
import { decidersOf, followersOf, membersOf } from "./recipients.ts";
import type { ShownWhat } from "./shown.ts";

export interface Subscription {
  id: string;
  person: string;
  endpoint: string;
  p256dh: string;
  auth: string;
  device: string;
}

export interface NewSubscription {
  endpoint: string;
  p256dh: string;
  auth: string;
  device: string;
}

const FIELDS = {
  id: true,
  personId: true,
  endpoint: true,
  p256dh: true,
  auth: true,
  device: true,
  createdAt: true,
  failedAt: true,
  shownAt: true,
  testedAt: true,
  testShownMs: true,
} as const;

const DAY_MS = 86_400_000;

const toRow = <Row extends { personId: string }>({
  personId,
  ...row
}: Row): Omit<Row, "personId"> & { person: string } => ({
  ...row,
  person: personId,
});

export interface SubscriptionRow extends Subscription {
  createdAt: Date;
  failedAt: Date | null;
  shownAt: Date | null;
  /** When the last test went out to it, and how long it took to show it; null while it has not. */
  testedAt: Date | null;
  testShownMs: number | null;
}

export interface Subscriptions {
  ofPerson(person: string): Promise<SubscriptionRow[]>;
  /** Working devices of those who may decide in the organization: the policy's approvers, and its owners before there is a policy. */
  ofApprovers(organization: string): Promise<Subscription[]>;
  /** Working devices of a member and of the organization's owners and admins. */
  ofPersons(organization: string, member: string): Promise<Subscription[]>;
  /** Working devices of these persons. */
  ofThese(organization: string, persons: readonly string[]): Promise<Subscription[]>;
  find(id: string): Promise<Subscription | null>;
  /** A browser has one endpoint: who subscribes last with it owns it. Throws Problem too-many. */
  add(person: string, subscription: NewSubscription): Promise<SubscriptionRow>;
  remove(person: string, id: string): Promise<void>;
  /** The push service says that it does not exist any more. */
  drop(id: string): Promise<void>;
  markFailed(id: string, at: Date): Promise<void>;
  /** The device says that it showed a message; so it can be reached again, whatever its push service said before. */
  markShown(id: string, at: Date, what: ShownWhat): Promise<void>;
  /** A test goes out to it now. */
  markTested(id: string, at: Date): Promise<void>;
  /** Working devices of the organization's members that were not tested since then; marked as tested `at`, so that each is taken once. */
  takeUntested(organization: string, since: Date, at: Date): Promise<Subscription[]>;
}

export function createSubscriptions(db: GateDatabase): Subscriptions {
  return {
    ofPerson: async (person) =>
      await db.asNobody(async (tx) =>
        (
          await tx.gatePushSubscriptions.findMany({
            where: { personId: person },
            select: FIELDS,
            orderBy: { createdAt: "desc" },
          })
        ).map(toRow),
      ),
    ofApprovers: async (organization) =>
      await db.asOrganization(organization, async (tx) => {
        return await workingOf(tx, await decidersOf(tx, organization));
      }),
    ofPersons: async (organization, member) =>
      await db.asOrganization(organization, async (tx) => {
        return await workingOf(tx, await followersOf(tx, organization, member));
      }),
    ofThese: async (organization, persons) =>
      await db.asOrganization(organization, async (tx) => await workingOf(tx, persons)),
    find: async (id) =>
      await db.asNobody(async (tx) => {
        const row = await tx.gatePushSubscriptions.findUnique({ where: { id }, select: FIELDS });
        return row === null ? null : toRow(row);
      }),
    add: async (person, subscription) =>
      await db.asNobody(async (tx) => {
        await tx.gatePushSubscriptions.deleteMany({ where: { endpoint: subscription.endpoint } });
        const count = await tx.gatePushSubscriptions.count({ where: { personId: person } });
        if (count >= PUSH_LIMITS.devicesPerPersonMax)
          throw new Problem("too-many", { what: "devices", limit: PUSH_LIMITS.devicesPerPersonMax });
        return toRow(
          await tx.gatePushSubscriptions.create({
            data: { id: randomBytes(12).toString("hex"), personId: person, ...subscription },
            select: FIELDS,
          }),
        );
      }),
    remove: async (person, id) => {
      const { count } = await db.asNobody(
        async (tx) => await tx.gatePushSubscriptions.deleteMany({ where: { id, personId: person } }),
      );
      if (count === 0) throw new Problem("not-found", { what: "such device" });
    },
    drop: async (id) => {
      await db.asNobody(async (tx) => await tx.gatePushSubscriptions.deleteMany({ where: { id } }));
    },
    markFailed: async (id, at) => {
      await db.asNobody(
        async (tx) => await tx.gatePushSubscriptions.updateMany({ where: { id }, data: { failedAt: at } }),
      );
    },
    markShown: async (id, at, what) => {
      const testShownMs = what.kind === "test" ? Math.min(Math.max(0, at.getTime() - what.at), DAY_MS) : null;
      await db.asNobody(
        async (tx) =>
          await tx.gatePushSubscriptions.updateMany({
            where: { id },
            data: { shownAt: at, failedAt: null, ...(testShownMs === null ? {} : { testShownMs }) },
          }),
      );
      if (what.kind !== "message") return;
      await db.asOrganization(
        what.organization,
        async (tx) =>
          await tx.gateNotifications.updateMany({
            where: { id: what.id, subscriptionId: id, shownAt: null },
            data: { shownAt: at },
          }),
      );
    },
    markTested: async (id, at) => {
      const data = { testedAt: at, testShownMs: null };
      await db.asNobody(async (tx) => await tx.gatePushSubscriptions.updateMany({ where: { id }, data }));
    },
    takeUntested: async (organization, since, at) =>
      await db.asOrganization(organization, async (tx) => {
        const persons = (await membersOf(tx, organization)).map(({ person }) => person);
        const taken = await tx.$queryRaw<{ id: string }[]>`
          UPDATE gate.push_subscriptions SET tested_at = ${at}, test_shown_ms = NULL
          WHERE id IN (SELECT id FROM gate.push_subscriptions
            WHERE person_id = ANY(${persons}) AND failed_at IS NULL AND coalesce(tested_at, created_at) < ${since}
            ORDER BY created_at LIMIT ${PUSH_LIMITS.deliveriesAtOnceMax})
          RETURNING id`;
        const ids = taken.map(({ id }) => id);
        const rows = await tx.gatePushSubscriptions.findMany({ where: { id: { in: ids } }, select: FIELDS });
        return rows.map(toRow);
      }),
  };
}

/** Devices that their push service still takes messages for. */
async function workingOf(tx: GateTransaction, persons: readonly string[]): Promise<Subscription[]> {
  const rows = await tx.gatePushSubscriptions.findMany({
    where: { personId: { in: [...persons] }, failedAt: null },
    select: FIELDS,
  });
  return rows.map(toRow);
}
