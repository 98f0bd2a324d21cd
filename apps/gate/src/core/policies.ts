/** The policy that counts: the one whose version and digest the gate's own disk pins. Rows only carry its text (invariants 4 and 8). */
import { jcsDigest } from "@nightgate/evidence/jcs";
import type { PolicyState } from "@nightgate/evidence/policy-chain";
import { type PolicyDocument, policyDocument } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import type { Policies } from "./ports.ts";
import type { Pins, Store } from "./store-ports.ts";

export interface PoliciesCore extends Policies {
  /** Version 0 with its founder, or the pinned document. Throws Problem policy.unreadable. */
  state(organization: string): Promise<PolicyState>;
}

export function createPolicies({
  store,
  pins,
}: {
  store: Pick<Store, "policy">;
  pins: Pick<Pins, "policy">;
}): PoliciesCore {
  const known = new Map<string, { digest: string; document: PolicyDocument }>();
  const state = async (organization: string): Promise<PolicyState> => {
    const pin = pins.policy(organization);
    if (!pin) throw new Problem("policy.unreadable", { why: "the gate's disk has no version of it" });
    if (!("document" in pin)) return { version: 0, founder: pin.founder };
    const cached = known.get(organization);
    if (cached?.digest === pin.document) return { version: pin.version, document: cached.document };
    const document = readDocument(await store.policy(organization, pin.version), pin.document);
    known.set(organization, { digest: pin.document, document });
    return { version: pin.version, document };
  };
  const current = async (organization: string): Promise<PolicyDocument> => {
    const now = await state(organization);
    if (!("document" in now))
      throw new Problem("policy.unreadable", {
        why: "it is not signed yet: approve its first version at the gate",
      });
    return now.document;
  };
  return {
    state,
    current,
    resourceFor: async (organization, workstation, resource) => {
      const { resources } = await current(organization);
      const found = resources.find((entry) => entry.id === resource);
      return found && (found.workstations === "*" || found.workstations.includes(workstation)) ? found : null;
    },
  };
}

function readDocument(row: { document: unknown } | null, digest: string): PolicyDocument {
  if (!row)
    throw new Problem("policy.unreadable", { why: "the version that the gate's disk pins is missing" });
  const parsed = policyDocument.safeParse(row.document);
  // Invariant 4: a row that was changed, or rolled back to an older version, has another digest than the pin.
  if (!parsed.success || jcsDigest(parsed.data) !== digest)
    throw new Problem("policy.unreadable", { why: "it is not the version that the gate's disk pins" });
  return parsed.data;
}
