/**
 * Grants: pushes that a person has allowed in advance. A grant is the hold of its own `grant.open`, signed and released; a push that it
 * covers is a hold like any other, with all its receipts, that the grant approves instead of a person (W21: its scope is what was signed).
 */
import { whyNotGranted } from "@nightgate/evidence/grants";
import type { GrantOpenAction } from "@nightgate/shared/actions";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import type { Approvals } from "./approval.ts";
import type { ClockCheck } from "./clock-check.ts";
import { LIMITS } from "./limits.ts";
import type { Hold } from "./ports.ts";
import type { CoreLog, GrantUses, Store } from "./store-ports.ts";

export interface GrantLine {
  id: string;
  action: GrantOpenAction;
  used: number;
  state: "open" | "used up" | "over" | "revoked";
  /** Who signed it. */
  by: string | null;
  openedAt: Date;
}

export interface Grants {
  /** Approves a hold that has just been opened, if an open grant covers it; null where none does. The caller then releases it. */
  approve(hold: Hold): Promise<Hold | null>;
  /** Newest first, ended ones too. */
  list(organization: string): Promise<GrantLine[]>;
  /** Takes a grant back at once. Throws Problem not-found for what is no grant here. */
  revoke(person: string, organization: string, grant: string): Promise<void>;
}

export interface GrantsDeps {
  store: Pick<Store, "write" | "list" | "hold">;
  uses: GrantUses;
  approvals: Pick<Approvals, "checkSigned">;
  checkClock: ClockCheck;
  clock: Clock;
  log: CoreLog;
}

export function createGrants(deps: GrantsDeps): Grants {
  const { store, uses, clock } = deps;
  const released = async (organization: string): Promise<Hold[]> =>
    await store.list(organization, { kind: "grant.open", states: ["released"], limit: LIMITS.holdListMax });
  return {
    approve: async (hold) => {
      // Only what a workstation asks for: the gate's own changes are always signed one by one.
      if (hold.state !== "pending" || hold.workstation === null) return null;
      for (const grant of await released(hold.organization)) {
        const approved = await approveBy(deps, grant, hold);
        if (approved) return approved;
      }
      return null;
    },
    list: async (organization) =>
      (await released(organization)).flatMap((hold) => {
        const { action } = hold;
        if (action.kind !== "grant.open") return [];
        const used = uses.uses(organization, hold.id).length;
        const state = stateOf(action, used, uses.isRevoked(organization, hold.id), clock.now());
        return [
          { id: hold.id, action, used, state, by: hold.decidedBy, openedAt: hold.endedAt ?? hold.createdAt },
        ];
      }),
    revoke: async (person, organization, grant) => {
      const hold = await store.hold(organization, grant);
      if (hold?.action.kind !== "grant.open" || hold.state !== "released")
        throw new Problem("not-found", { what: "such grant" });
      // The disk first: from here on it covers nothing, whatever becomes of the row.
      uses.revoke({ at: new Date(clock.now()).toISOString(), organization, grant });
      await store.write(organization, async (unit) => unit.receipt({ kind: "grant.revoked", grant, person }));
    },
  };
}

function stateOf(action: GrantOpenAction, used: number, revoked: boolean, now: number): GrantLine["state"] {
  if (revoked) return "revoked";
  if (used >= action.count) return "used up";
  return Date.parse(action.until) < now ? "over" : "open";
}

async function approveBy(deps: GrantsDeps, grant: Hold, hold: Hold): Promise<Hold | null> {
  const { store, uses, approvals, checkClock, clock, log } = deps;
  const { action } = grant;
  const at = new Date(clock.now());
  const { organization } = hold;
  if (action.kind !== "grant.open" || uses.isRevoked(organization, grant.id)) return null;
  if (uses.uses(organization, grant.id).length >= action.count || whyNotGranted(action, { ...hold, at }))
    return null;
  try {
    await checkClock(organization);
    await approvals.checkSigned(grant);
  } catch (error) {
    // Invariant 8: with a wrong clock nothing is let go; a person is asked, as ever.
    if (error instanceof Problem && error.code === "clock.off") return null;
    if (!(error instanceof Problem) || error.code !== "approval.invalid") throw error;
    // Invariant 4: a row that says "granted" and that nobody signed opens nothing, and says so loudly.
    log.error({ grant: grant.id, why: error.message }, "a grant without a valid signature was found");
    return null;
  }
  const entry = { at: at.toISOString(), organization, grant: grant.id, hold: hold.id, count: action.count };
  return await store.write(organization, async (unit) => {
    const words = `Allowed by the grant ${grant.id}.`;
    const expiresAt = new Date(unit.now.getTime() + LIMITS.approvedMs);
    // Under the lock of the log's head, so that uses are numbered in the log as they are on the disk.
    const use = uses.use(entry);
    if (use === null) return null;
    if (!(await unit.moveHold(hold.id, { from: "pending", to: "approved" }, { words, expiresAt })))
      return null;
    unit.receipt({ kind: "hold.granted", hold: hold.id, grant: grant.id, use });
    return await unit.hold(hold.id);
  });
}
