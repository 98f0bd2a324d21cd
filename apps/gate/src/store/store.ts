/** Core's store over Postgres (schema gate). Every write of an organization goes through `write`: one transaction, under the lock of the log head, with its receipts. */
import { randomBytes } from "node:crypto";
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import { keptAssertion } from "@nightgate/evidence/assertion";
import { toBase64Url } from "@nightgate/evidence/bytes";
import type { DecisionEvidence } from "@nightgate/evidence/decision";
import { SALT_BYTES, saltedLeaf } from "@nightgate/evidence/leaf";
import { appendLeaf, type Frontier, frontierRoot } from "@nightgate/evidence/merkle";
import type { UnstampedReceipt } from "@nightgate/evidence/receipts";
import { verdictDocument } from "@nightgate/shared/actions";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { LIMITS } from "../core/limits.ts";
import type { HoldFilter } from "../core/ports.ts";
import type { Store, Unit } from "../core/store-ports.ts";
import { createQueues } from "./by-organization.ts";
import { type LogHeads, lockHead } from "./log-heads.ts";
import { asJson, toHold, toHolds } from "./rows.ts";
import { createUnit } from "./unit.ts";

export function createStore({
  db,
  heads,
  clock,
}: {
  db: GateDatabase;
  heads: LogHeads;
  clock: Clock;
}): Store {
  const inTurn = createQueues();
  return {
    write: async (organization, work) =>
      await inTurn(organization, async () => await write(db, heads, clock, organization, work)),
    hold: async (organization, id) =>
      await db.asOrganization(organization, async (tx) => await readHold(tx, id)),
    list: async (organization, filter) =>
      await db.asOrganization(organization, async (tx) => await list(tx, filter)),
    inStates: async (organization, states) =>
      await db.asOrganization(organization, async (tx) =>
        toHolds(
          await tx.gateHolds.findMany({
            where: { state: { in: [...states] } },
            orderBy: { createdAt: "asc" },
          }),
        ),
      ),
    decisions: async (organization, hold) =>
      await db.asOrganization(organization, async (tx) => await decisions(tx, hold)),
    policy: async (organization, version) =>
      await db.asOrganization(organization, async (tx) => {
        const row = await tx.gatePolicies.findFirst({ where: { version } });
        return row ? { document: row.document, hold: row.holdId } : null;
      }),
    databaseNow: async () =>
      await db.asNobody(async (tx) => {
        const [row] = await tx.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
        if (!row) throw new Problem("database.away", {});
        return row.now;
      }),
  };
}

async function write<Result>(
  db: GateDatabase,
  heads: LogHeads,
  clock: Clock,
  organization: string,
  work: (unit: Unit) => Promise<Result>,
): Promise<Result> {
  const { result, committed } = await db.asOrganization(organization, async (tx) => {
    const head = await lockHead(tx, organization);
    const frontier = await heads.prove(tx, organization, head);
    const now = new Date(clock.now());
    const receipts: UnstampedReceipt[] = [];
    const done = await work(createUnit({ tx, organization, now, logSize: frontier.size, receipts }));
    const next = await append(tx, heads, { organization, frontier, receipts, now });
    // Before the commit: where the disk has no room for the pin, nothing has happened.
    return { result: done, committed: next && heads.prepare(organization, next.frontier, next.checkpoint) };
  });
  committed?.();
  return result;
}

interface Append {
  organization: string;
  frontier: Frontier;
  receipts: readonly UnstampedReceipt[];
  now: Date;
}

async function append(
  tx: GateTransaction,
  heads: LogHeads,
  { organization, frontier, receipts, now }: Append,
): Promise<{ frontier: Frontier; checkpoint: string } | null> {
  if (receipts.length === 0) return null;
  let next = frontier;
  for (const receipt of receipts) {
    const body = asJson({ ...receipt, at: now.toISOString() });
    const salt = toBase64Url(randomBytes(SALT_BYTES));
    const leafHash = saltedLeaf(salt, body);
    const holdId = "hold" in receipt ? receipt.hold : null;
    await tx.gateReceipts.create({
      data: {
        organizationId: organization,
        index: BigInt(next.size),
        kind: receipt.kind,
        holdId,
        body,
        salt,
        leafHash,
        createdAt: now,
      },
    });
    next = appendLeaf(next, leafHash);
  }
  const root = frontierRoot(next);
  const checkpoint = heads.sign(organization, { size: next.size, root });
  await tx.gateOrganizations.update({
    where: { organizationId: organization },
    data: { logSize: BigInt(next.size), logRoot: root, checkpoint },
  });
  return { frontier: next, checkpoint };
}

async function readHold(tx: GateTransaction, id: string): Promise<ReturnType<typeof toHold> | null> {
  const row = await tx.gateHolds.findUnique({ where: { id } });
  return row ? toHold(row) : null;
}

async function list(tx: GateTransaction, filter: HoldFilter): Promise<ReturnType<typeof toHold>[]> {
  const rows = await tx.gateHolds.findMany({
    where: {
      ...(filter.states ? { state: { in: [...filter.states] } } : {}),
      ...(filter.workstation ? { workstationId: filter.workstation } : {}),
      ...(filter.kind ? { kind: filter.kind } : {}),
      ...(filter.before ? { createdAt: { lt: filter.before } } : {}),
    },
    orderBy: { createdAt: "desc" },
    take: Math.max(1, Math.min(filter.limit ?? LIMITS.holdListMax, LIMITS.holdListMax)),
  });
  return toHolds(rows);
}

async function decisions(tx: GateTransaction, hold: string): Promise<DecisionEvidence[]> {
  const rows = await tx.gateDecisions.findMany({ where: { holdId: hold } });
  return rows.map((row) => ({
    person: row.personId,
    credential: row.credential,
    verdict: verdictDocument.parse(row.verdict),
    nonce: row.nonce,
    logHead: row.logHead,
    challenge: row.challenge,
    ...(row.batch !== null && { batch: z.array(z.string()).parse(row.batch) }),
    assertion: keptAssertion.parse(row.assertion),
  }));
}
