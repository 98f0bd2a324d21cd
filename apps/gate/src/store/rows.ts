/** Rows of gate.holds as core's Hold, and back. What the database says is parsed, not believed. */
import type { GateTransaction } from "@nightgate/db/gate";
import { keptOutcome } from "@nightgate/evidence/receipts";
import { action } from "@nightgate/shared/actions";
import { card } from "@nightgate/shared/card";
import { HOLD_STATES } from "@nightgate/shared/hold-states";
import { z } from "zod";
import type { Hold } from "../core/ports.ts";

const state = z.enum(HOLD_STATES);

type HoldRow = NonNullable<Awaited<ReturnType<GateTransaction["gateHolds"]["findUnique"]>>>;

/** Throws a ZodError for a row whose action or card is not one of ours: it can then be neither shown nor decided. */
export function toHold(row: HoldRow): Hold {
  return {
    organization: row.organizationId,
    id: row.id,
    state: state.parse(row.state),
    action: action.parse(row.action),
    actionDigest: row.actionDigest,
    card: card.parse(row.card),
    resource: row.resourceId,
    workstation: row.workstationId,
    run: row.runId,
    agentWords: row.agentWords,
    supersedes: row.supersedes,
    supersededBy: row.supersededBy,
    after: row.afterHold,
    words: row.words,
    decidedBy: row.decidedBy,
    outcome: row.outcome === null ? null : keptOutcome.parse(row.outcome),
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    decidedAt: row.decidedAt,
    endedAt: row.endedAt,
  };
}

/** The rows that can be read; one that cannot is left out, so that a single broken row stops nothing else. */
export function toHolds(rows: readonly HoldRow[]): Hold[] {
  return rows.flatMap((row) => {
    try {
      return [toHold(row)];
    } catch (error) {
      if (error instanceof z.ZodError) return [];
      throw error;
    }
  });
}

/** The row of a fresh hold. */
export function holdRow(hold: Hold): Parameters<GateTransaction["gateHolds"]["create"]>[0]["data"] {
  return {
    organizationId: hold.organization,
    id: hold.id,
    kind: hold.action.kind,
    state: hold.state,
    action: hold.action,
    actionDigest: hold.actionDigest,
    card: hold.card,
    resourceId: hold.resource,
    workstationId: hold.workstation,
    runId: hold.run,
    agentWords: hold.agentWords,
    supersedes: hold.supersedes,
    afterHold: hold.after,
    createdAt: hold.createdAt,
    expiresAt: hold.expiresAt,
  };
}

type Json = string | number | boolean | null | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** An object as a JSON column takes it: what JSON cannot say is dropped, as JSON does. */
export function asJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
