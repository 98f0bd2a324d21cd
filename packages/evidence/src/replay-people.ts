/** The part of a replay that is about persons: what they signed of themselves, and recoveries, which change a policy without a signature and so are held to their delay. */
import type { PasskeyEnrollAction } from "@nightgate/shared/actions";
import { jcsDigest } from "./jcs.ts";
import { verifyStatement } from "./person-statement.ts";
import { nextPolicy, type PolicyState } from "./policy-chain.ts";
import type { ReceiptBody } from "./receipts.ts";

type Body<Kind extends ReceiptBody["kind"]> = Extract<ReceiptBody, { kind: Kind }>;
type PeopleBody = Body<"person.signed"> | Body<"recovery.requested"> | Body<"recovery.applied">;

export interface SeenPeople {
  recoveries: Map<string, { action: PasskeyEnrollAction; readyAt: string; applied: boolean }>;
}

interface Gate {
  installation: string;
  organization: string;
  origins: readonly string[];
  rpId: string;
}

export const noPeople = (): SeenPeople => ({ recoveries: new Map() });

/** Null, or what is wrong with the entry. `chain.policy` moves on where a recovery is applied. */
export function peopleFault(
  seen: SeenPeople,
  body: PeopleBody,
  gate: Gate,
  chain: { policy: PolicyState | null },
): string | null {
  switch (body.kind) {
    case "person.signed":
      return verifyStatement(body.signed, gate);
    case "recovery.requested":
      return request(seen, body, gate);
    default:
      return apply(seen, body, chain);
  }
}

function request(seen: SeenPeople, body: Body<"recovery.requested">, gate: Gate): string | null {
  if (seen.recoveries.has(body.recovery)) return "a recovery is requested twice";
  if (body.action.organization !== gate.organization) return "its action is of another organization";
  seen.recoveries.set(body.recovery, { action: body.action, readyAt: body.readyAt, applied: false });
  return null;
}

function apply(
  seen: SeenPeople,
  body: Body<"recovery.applied">,
  chain: { policy: PolicyState | null },
): string | null {
  const asked = seen.recoveries.get(body.recovery);
  if (!asked || asked.applied || !chain.policy) return "it applies a recovery that was not asked for";
  if (Date.parse(body.at) < Date.parse(asked.readyAt))
    return "it applies a recovery before its delay was over";
  asked.applied = true;
  const next = nextPolicy(chain.policy, asked.action);
  if ("refused" in next) return next.refused;
  const made =
    "document" in next ? { version: next.document.version, document: jcsDigest(next.document) } : null;
  if (jcsDigest(made) !== jcsDigest(body.policy)) return "it applies another policy than the recovery makes";
  if ("document" in next) chain.policy = { version: next.document.version, document: next.document };
  return null;
}
