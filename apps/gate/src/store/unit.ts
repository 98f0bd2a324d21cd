/** One transaction's worth of changes to an organization, each statement as core asks for it. Made by store.ts under the log head's lock. */
import type { GateTransaction } from "@nightgate/db/gate";
import type { UnstampedReceipt } from "@nightgate/evidence/receipts";
import { type HoldState, isSettled } from "@nightgate/shared/hold-states";
import { policyDocument } from "@nightgate/shared/policy";
import { bodiesOf, stateInLog } from "../core/hold-in-log.ts";
import type { HoldChange, SecretSlotRow, Unit } from "../core/store-ports.ts";
import { admit } from "./admissions.ts";
import { receiptsOfHold } from "./hold-receipts.ts";
import { asJson, holdRow, toHold } from "./rows.ts";

export interface UnitContext {
  tx: GateTransaction;
  organization: string;
  now: Date;
  logSize: number;
  receipts: UnstampedReceipt[];
}

export function createUnit({ tx, organization, now, logSize, receipts }: UnitContext): Unit {
  return {
    organization,
    now,
    logSize,
    hold: async (id) => {
      const row = await tx.gateHolds.findUnique({ where: { id } });
      return row ? toHold(row) : null;
    },
    pendingOf: async (actionDigest) => {
      const row = await tx.gateHolds.findFirst({ where: { actionDigest, state: "pending" } });
      return row ? toHold(row) : null;
    },
    openOfKind: async (kind) =>
      (await tx.gateHolds.findMany({ where: { kind, endedAt: null }, orderBy: { createdAt: "asc" } })).map(
        toHold,
      ),
    countPending: async (workstation) =>
      await tx.gateHolds.count({
        where: { state: "pending", ...(workstation === null ? {} : { workstationId: workstation }) },
      }),
    insertHold: async (hold) => {
      await tx.gateHolds.create({ data: holdRow(hold) });
    },
    ...movesOf(tx, organization, now),
    decidedBy: async (hold) => {
      const rows = await tx.gateDecisions.findMany({ where: { holdId: hold }, select: { personId: true } });
      return rows.map(({ personId }) => personId);
    },
    insertDecision: async (hold, decision) => {
      const { person, batch, ...kept } = decision;
      const sheet = batch === undefined ? {} : { batch };
      await tx.gateDecisions.create({
        data: {
          organizationId: organization,
          holdId: hold,
          personId: person,
          ...kept,
          ...sheet,
          createdAt: now,
        },
      });
    },
    ...identitiesOf(tx, organization, now),
    ...secretsOf(tx, organization, now),
    admit: async (admission) => {
      const used = await admit(tx, { organization, now, admission });
      if (!used) return false;
      const { person } = admission;
      receipts.push({ kind: "member.joined", person: person.id, name: person.name, ...used });
      return true;
    },
    rename: async (name) => {
      const { name: from } = await tx.gateOrganizations.findUniqueOrThrow({
        where: { organizationId: organization },
        select: { name: true },
      });
      await tx.gateOrganizations.update({ where: { organizationId: organization }, data: { name } });
      return { from };
    },
    receipt: (body) => {
      receipts.push(body);
    },
  };
}

function movesOf(
  tx: GateTransaction,
  organization: string,
  now: Date,
): Pick<Unit, "stateInLog" | "moveHold" | "repairHold"> {
  const inLog = async (id: string): Promise<HoldState | null> =>
    stateInLog(bodiesOf(await receiptsOfHold(tx, organization, id)));
  return {
    stateInLog: inLog,
    moveHold: async (id, move, change) => {
      // Invariant 4: a move starts where the log says that the hold is, whatever its row says.
      if ((await inLog(id)) !== move.from) return false;
      // Compare-and-set: of two that move the same hold at the same time, one changes a row and the other changes none.
      const { count } = await tx.gateHolds.updateMany({
        where: { id, state: move.from },
        data: { state: move.to, ...changed(change), ...stamps(move, now) },
      });
      return count === 1;
    },
    repairHold: async (id, from, to) => {
      const { count } = await tx.gateHolds.updateMany({
        where: { id, state: from },
        data: { state: to, endedAt: isSettled(to) ? now : null },
      });
      return count === 1;
    },
  };
}

function identitiesOf(
  tx: GateTransaction,
  organization: string,
  now: Date,
): Pick<Unit, "insertPolicy" | "policy" | "insertPasskey"> {
  return {
    insertPolicy: async (document, hold) => {
      const present = await tx.gatePolicies.findFirst({ where: { version: document.version } });
      if (present && present.holdId === hold) return false;
      await tx.gatePolicies.create({
        data: {
          organizationId: organization,
          version: document.version,
          document: asJson(document),
          holdId: hold,
          createdAt: now,
        },
      });
      await tx.gateOrganizations.update({
        where: { organizationId: organization },
        data: { policyVersion: document.version },
      });
      return true;
    },
    policy: async (version) => {
      const row = await tx.gatePolicies.findFirst({ where: { version } });
      return policyDocument.safeParse(row?.document).data ?? null;
    },
    insertPasskey: async ({ person, ...passkey }) => {
      if ((await tx.gatePasskeys.count({ where: { credential: passkey.credential, personId: person } })) > 0)
        return;
      await tx.gatePasskeys.create({
        data: { ...passkey, personId: person, counter: BigInt(passkey.counter), createdAt: now },
      });
    },
  };
}

function secretsOf(
  tx: GateTransaction,
  organization: string,
  now: Date,
): Pick<Unit, "insertPendingSecret" | "pendingSecrets" | "activateSecrets" | "dropSecrets"> {
  const pendingSecrets = async (hold: string): Promise<SecretSlotRow[]> => {
    const rows = await tx.gateSecrets.findMany({ where: { holdId: hold, state: "pending" } });
    return rows.map((row) => ({
      id: row.id,
      resource: row.resourceId,
      slot: row.slot,
      sealed: row.sealed,
      commitment: row.commitment,
    }));
  };
  return {
    pendingSecrets,
    insertPendingSecret: async (hold, { resource, ...secret }) => {
      await tx.gateSecrets.create({
        data: { ...secret, organizationId: organization, resourceId: resource, holdId: hold, createdAt: now },
      });
    },
    activateSecrets: async (hold) => {
      for (const secret of await pendingSecrets(hold)) {
        await tx.gateSecrets.updateMany({
          where: { resourceId: secret.resource, slot: secret.slot, state: "active" },
          data: { state: "replaced", sealed: "" },
        });
        await tx.gateSecrets.updateMany({ where: { id: secret.id }, data: { state: "active" } });
      }
    },
    dropSecrets: async (hold) => {
      await tx.gateSecrets.deleteMany({ where: { holdId: hold, state: "pending" } });
    },
  };
}

function changed(change: HoldChange): Record<string, unknown> {
  return { ...change, ...(change.outcome ? { outcome: asJson(change.outcome) } : {}) };
}

function stamps(
  move: { from: string; to: Parameters<typeof isSettled>[0] },
  now: Date,
): { decidedAt?: Date; endedAt?: Date } {
  const decided = move.from === "pending" && (move.to === "approved" || move.to === "rejected");
  return { ...(decided ? { decidedAt: now } : {}), ...(isSettled(move.to) ? { endedAt: now } : {}) };
}
