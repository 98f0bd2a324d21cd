/** The rows of a person's devices. */
import { randomBytes } from "node:crypto";
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import { policyDocument } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import { PUSH_LIMITS } from "./limits.ts";

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
        const approvers = await approversOf(tx);
        // An approver of the signed policy is removed by a signature and not by a row.
        const persons =
          approvers === null
            ? (await membersOf(tx, organization))
                .filter(({ role }) => role === "owner")
                .map(({ person }) => person)
            : [...approvers];
        return await workingOf(tx, persons);
      }),
    ofPersons: async (organization, member) =>
      await db.asOrganization(organization, async (tx) => {
        const members = await membersOf(tx, organization);
        const told = members.filter(
          ({ person, role }) => person === member || role === "owner" || role === "admin",
        );
        return await workingOf(
          tx,
          told.map(({ person }) => person),
        );
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

/** Whoever was removed is told nothing more. */
async function membersOf(
  tx: GateTransaction,
  organization: string,
): Promise<{ person: string; role: string }[]> {
  const members = await tx.gateMemberships.findMany({
    where: { organizationId: organization },
    select: { personId: true, role: true, createdAt: true },
  });
  const ended = await tx.controlMembers.findMany({ where: { removedAt: { not: null } } });
  return members
    .filter(
      (member) =>
        !ended.some(
          (row) => row.personId === member.personId && Number(row.removedAt) > Number(member.createdAt),
        ),
    )
    .map(({ personId, role }) => ({ person: personId, role }));
}

/** The approvers of the newest policy's row, null where there is none: good enough to know whom to tell, and never whom to believe. */
async function approversOf(tx: GateTransaction): Promise<ReadonlySet<string> | null> {
  const row = await tx.gatePolicies.findFirst({ orderBy: { version: "desc" } });
  const read = policyDocument.safeParse(row?.document);
  return read.success ? new Set(read.data.approvers.map((approver) => approver.person)) : null;
}
