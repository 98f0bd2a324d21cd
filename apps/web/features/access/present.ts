/** Every field of access that leaves for a page. Names that programs gave themselves are made visible here. */
import { visibleText } from "@nightgate/shared/visible-text";
import type { Scope } from "../../server/access-token.ts";
import type { AuthorizationRequest } from "./schema.ts";

export type AccessState = "live" | "revoked" | "removed" | "reused" | "expired";

export interface AccessLine {
  id: string;
  program: string;
  machine: string;
  address: string;
  scope: Scope;
  state: AccessState;
  createdAt: string;
  usedAt: string | null;
  /** When it ended or will end. */
  until: string;
}

/** What another member has let in. */
export interface OthersLine extends AccessLine {
  person: string;
  mayRevoke: boolean;
}

export interface AccessView {
  own: AccessLine[];
  others: OthersLine[];
  webOrigin: string;
}

interface Row {
  id: string;
  clientName: string;
  machine: string;
  address: string;
  scope: string;
  createdAt: Date;
  usedAt: Date | null;
  expiresAt: Date;
  revokedAt: Date | null;
  revokedWhy: string;
}

export function presentGrant(row: Row, now: Date): AccessLine {
  return {
    id: row.id,
    program: visibleText(row.clientName),
    machine: visibleText(row.machine),
    address: row.address,
    scope: row.scope === "act" ? "act" : "read",
    state: stateOf(row, now),
    createdAt: row.createdAt.toISOString(),
    usedAt: row.usedAt?.toISOString() ?? null,
    until: (row.revokedAt ?? row.expiresAt).toISOString(),
  };
}

function stateOf(row: Row, now: Date): AccessState {
  if (row.revokedAt === null) return row.expiresAt <= now ? "expired" : "live";
  return row.revokedWhy === "removed" || row.revokedWhy === "reused" ? row.revokedWhy : "revoked";
}

/** Who would let a program in, and into what. */
export interface AskView {
  person: string;
  organization: { id: string; name: string };
  role: string;
  mayAct: boolean;
}

export type ConsentView =
  | { ask: AskView; problem: string }
  | {
      ask: AskView;
      request: AuthorizationRequest;
      client: string;
      scope: Scope;
      to: { kind: "this-computer" | "site" | "program"; name: string };
    };

export interface DeviceView {
  ask: AskView;
  /** From the link; a person looks at it before anything is decided. */
  code: string;
}
