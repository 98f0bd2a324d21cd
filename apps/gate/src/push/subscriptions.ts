/** The rows of a person's devices. */
import { randomBytes } from "node:crypto";
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import { Problem } from "@nightgate/shared/problems";
import { PUSH_LIMITS } from "./limits.ts";
import { decidersOf, followersOf } from "./recipients.ts";

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
} as const;

const toRow = <Row extends { personId: string }>({
  personId,
  ...row
}: Row): Omit<Row, "personId"> & { person: string } => ({
  ...row,
  person: personId,
});

export type SubscriptionRow = Subscription & { createdAt: Date; failedAt: Date | null; shownAt: Date | null };

export interface Subscriptions {
  ofPerson(person: string): Promise<SubscriptionRow[]>;
  /** Working devices of those who may decide in the organization: the policy's approvers, and its owners before there is a policy. */
  ofApprovers(organization: string): Promise<Subscription[]>;
  /** Working devices of a member and of the organization's owners and admins. */
  ofPersons(organization: string, member: string): Promise<Subscription[]>;
  find(id: string): Promise<Subscription | null>;
  /** A browser has one endpoint: who subscribes last with it owns it. Throws Problem too-many. */
  add(person: string, subscription: NewSubscription): Promise<SubscriptionRow>;
  remove(person: string, id: string): Promise<void>;
  /** The push service says that it does not exist any more. */
  drop(id: string): Promise<void>;
  markFailed(id: string, at: Date): Promise<void>;
  /** The device says that it showed a message; so it can be reached again, whatever its push service said before. */
  markShown(id: string, at: Date): Promise<void>;
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
    markShown: async (id, at) => {
      await db.asNobody(
        async (tx) =>
          await tx.gatePushSubscriptions.updateMany({ where: { id }, data: { shownAt: at, failedAt: null } }),
      );
    },
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
