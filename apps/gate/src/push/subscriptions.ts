/** The rows of a person's devices. */
import { randomBytes } from "node:crypto";
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import { policyDocument } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import { PUSH_LIMITS } from "./limits.ts";

export interface Subscription {
  id: string;
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
  endpoint: true,
  p256dh: true,
  auth: true,
  device: true,
  createdAt: true,
  failedAt: true,
  shownAt: true,
} as const;
export type SubscriptionRow = Subscription & { createdAt: Date; failedAt: Date | null; shownAt: Date | null };

export interface Subscriptions {
  ofPerson(person: string): Promise<SubscriptionRow[]>;
  /** Working devices of everybody in the organization who could decide. */
  ofOrganization(organization: string): Promise<Subscription[]>;
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
      await db.asNobody(
        async (tx) =>
          await tx.gatePushSubscriptions.findMany({
            where: { personId: person },
            select: FIELDS,
            orderBy: { createdAt: "desc" },
          }),
      ),
    ofOrganization: async (organization) =>
      await db.asOrganization(organization, async (tx) => {
        const members = await tx.gateMemberships.findMany({
          where: { organizationId: organization, role: { not: "viewer" } },
          select: { personId: true, createdAt: true },
        });
        // Whoever was removed is told nothing more; an approver of the signed policy is removed by a signature and not by a row.
        const ended = await tx.controlMembers.findMany({ where: { removedAt: { not: null } } });
        const approvers = await approversOf(tx);
        const isIn = (member: { personId: string; createdAt: Date }): boolean =>
          approvers.has(member.personId) ||
          !ended.some(
            (row) => row.personId === member.personId && Number(row.removedAt) > Number(member.createdAt),
          );
        return await tx.gatePushSubscriptions.findMany({
          where: { personId: { in: members.filter(isIn).map((member) => member.personId) }, failedAt: null },
          select: FIELDS,
        });
      }),
    find: async (id) =>
      await db.asNobody(
        async (tx) => await tx.gatePushSubscriptions.findUnique({ where: { id }, select: FIELDS }),
      ),
    add: async (person, subscription) =>
      await db.asNobody(async (tx) => {
        await tx.gatePushSubscriptions.deleteMany({ where: { endpoint: subscription.endpoint } });
        const count = await tx.gatePushSubscriptions.count({ where: { personId: person } });
        if (count >= PUSH_LIMITS.devicesPerPersonMax)
          throw new Problem("too-many", { what: "devices", limit: PUSH_LIMITS.devicesPerPersonMax });
        return await tx.gatePushSubscriptions.create({
          data: { id: randomBytes(12).toString("hex"), personId: person, ...subscription },
          select: FIELDS,
        });
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

/** The approvers of the newest policy's row: good enough to know whom to tell, and never whom to believe. */
async function approversOf(tx: GateTransaction): Promise<ReadonlySet<string>> {
  const row = await tx.gatePolicies.findFirst({ orderBy: { version: "desc" } });
  const read = policyDocument.safeParse(row?.document);
  return new Set(read.success ? read.data.approvers.map((approver) => approver.person) : []);
}
