/** Opens a hold within a transaction: its row, its receipt, and the end of the one that it supersedes. */
import { actionDigest } from "@nightgate/evidence/digest";
import { canonicalJson } from "@nightgate/evidence/jcs";
import { type Action, action as actionSchema } from "@nightgate/shared/actions";
import { card as cardSchema } from "@nightgate/shared/card";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "./limits.ts";
import type { Hold, OpenHold } from "./ports.ts";
import type { Unit } from "./store-ports.ts";

export type HoldRequest = Omit<OpenHold, "keep">;
export interface Opened {
  hold: Hold;
  /** False when the same action was held already. */
  fresh: boolean;
  superseded: Hold | null;
}

/** The action as its own schema has it, and its digest. A kind that is not in the union is refused (invariant 8). */
export function readAction(raw: Action): { action: Action; digest: string } {
  const parsed = actionSchema.safeParse(raw);
  if (!parsed.success)
    throw new Problem("input.invalid", {
      why: `the action is not one that the gate knows (${parsed.error.issues[0]?.path.join(".") ?? ""})`,
    });
  if (canonicalJson(parsed.data).length > LIMITS.actionCharactersMax)
    throw new Problem("too-large", { what: "The action", limit: `${LIMITS.actionCharactersMax} characters` });
  return { action: parsed.data, digest: actionDigest(parsed.data) };
}

/** Invariant 7: called after the payload is on disk; when the transaction commits, hold and receipt are there together or not at all. */
export async function openHold(unit: Unit, id: string, request: HoldRequest): Promise<Opened> {
  const { action, digest } = readAction(request.action);
  if (action.organization !== unit.organization)
    throw new Problem("not-found", { what: "such organization" });
  const pending = await unit.pendingOf(digest);
  if (pending) return { hold: pending, fresh: false, superseded: null };
  const superseded = await supersede(unit, id, request);
  await refuseTooMany(unit, request);
  const hold = freshHold(unit, id, { ...request, action }, digest);
  await unit.insertHold(hold);
  unit.receipt({
    kind: "hold.opened",
    hold: id,
    action,
    actionDigest: digest,
    card: hold.card,
    workstation: hold.workstation,
    run: hold.run,
    agentWords: hold.agentWords,
    supersedes: hold.supersedes,
    ...(hold.after === null ? {} : { after: hold.after }),
    expiresAt: hold.expiresAt.toISOString(),
  });
  return { hold, fresh: true, superseded };
}

async function supersede(unit: Unit, by: string, request: HoldRequest): Promise<Hold | null> {
  if (request.supersedes === null) return null;
  const old = await unit.hold(request.supersedes);
  // Only what the same workstation asked for may be replaced by it; what was decided meanwhile stays decided.
  if (!old || old.state !== "pending" || old.workstation !== (request.caller?.workstation ?? null))
    return null;
  const words = `Replaced by ${by}.`;
  if (!(await unit.moveHold(old.id, { from: "pending", to: "superseded" }, { words, supersededBy: by })))
    return null;
  unit.receipt({ kind: "hold.moved", hold: old.id, from: "pending", to: "superseded", words });
  await unit.dropSecrets(old.id);
  return { ...old, state: "superseded", words, supersededBy: by, endedAt: unit.now };
}

async function refuseTooMany(unit: Unit, request: HoldRequest): Promise<void> {
  const own = request.caller === null ? LIMITS.pendingOwnHoldsMax : 0;
  const limit = LIMITS.pendingHoldsMax + own;
  if ((await unit.countPending(null)) >= limit)
    throw new Problem("too-many", { what: "pending holds in this organization", limit });
  if (!request.caller) return;
  if ((await unit.countPending(request.caller.workstation)) >= LIMITS.pendingHoldsPerWorkstationMax)
    throw new Problem("too-many", {
      what: "pending holds of this workstation",
      limit: LIMITS.pendingHoldsPerWorkstationMax,
    });
}

function freshHold(unit: Unit, id: string, request: HoldRequest, digest: string): Hold {
  return {
    organization: unit.organization,
    id,
    state: "pending",
    action: request.action,
    actionDigest: digest,
    card: cardSchema.parse(request.card),
    resource: request.resource,
    workstation: request.caller?.workstation ?? null,
    run: request.caller?.run ?? null,
    agentWords: request.agentWords.slice(0, LIMITS.agentWordsMax),
    supersedes: request.supersedes,
    supersededBy: null,
    after: request.after ?? null,
    words: "",
    decidedBy: null,
    outcome: null,
    createdAt: unit.now,
    expiresAt: new Date(unit.now.getTime() + LIMITS.pendingMs),
    decidedAt: null,
    endedAt: null,
  };
}
