/** Founding an organization: the first entries of its log, and the hold over version 1 of its policy that the founder's new passkey signs. */
import type { PolicyState } from "@nightgate/evidence/policy-chain";
import type { PolicyChangeAction } from "@nightgate/shared/actions";
import { newId } from "@nightgate/shared/ids";
import { PACKAGE_REGISTRY_HOSTS, type PolicyDocument } from "@nightgate/shared/policy";
import type { HoldEvents } from "./hold-events.ts";
import { openHold } from "./open-hold.ts";
import { describeOwnAction } from "./own-cards.ts";
import type { Hold } from "./ports.ts";
import type { PolicyPin, Store, Unit } from "./store-ports.ts";

type Founder = Extract<PolicyState, { version: 0 }>["founder"];

/** Opens the founding hold, or returns the one that is open. Does nothing and returns null once the organization has a policy. */
export async function ensureFounding(
  deps: { store: Pick<Store, "write">; events: Pick<HoldEvents, "moved"> },
  organization: string,
  pin: PolicyPin | null,
): Promise<Hold | null> {
  if (!pin || !("founder" in pin)) return null;
  const { founder, name } = pin;
  return await deps.store.write(organization, async (unit) => {
    if (unit.logSize === 0) unit.receipt({ kind: "organization.founded", organization, name, founder });
    const open = await stillOpen(unit);
    if (open) return open;
    const action: PolicyChangeAction = {
      kind: "policy.change",
      organization,
      from: 0,
      to: 1,
      document: firstPolicy(organization, founder),
      secrets: [],
    };
    const { hold } = await openHold(unit, newId("hold"), {
      action,
      card: describeOwnAction(action, null, name),
      caller: null,
      resource: null,
      agentWords: "",
      supersedes: null,
    });
    return hold;
  });
}

async function stillOpen(unit: Unit): Promise<Hold | null> {
  const [open] = (await unit.openOfKind("policy.change")).filter(
    (hold) => hold.expiresAt > unit.now || hold.state !== "pending",
  );
  return open ?? null;
}

function firstPolicy(organization: string, founder: Founder): PolicyDocument {
  const { person, name, credential, publicKey } = founder;
  return {
    organization,
    version: 1,
    quorum: 1,
    approvers: [{ person, name, passkeys: [{ credential, publicKey, name: "First passkey" }] }],
    // From the first evening an agent can install packages.
    resources: [
      {
        kind: "http",
        id: newId("resource"),
        name: "Package registries",
        hosts: [...PACKAGE_REGISTRY_HOSTS],
        workstations: "*",
      },
    ],
  };
}
