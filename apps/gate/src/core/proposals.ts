/** Changes to the gate itself, proposed by a signed-in member: each becomes a hold like any other, and changes nothing until a passkey signs it. */
import type {
  GrantOpenAction,
  HoldSettleAction,
  PolicyChangeAction,
  SecretCommitment,
  SecretWriteAction,
} from "@nightgate/shared/actions";
import type { Clock } from "@nightgate/shared/clock";
import { type PolicyDocument, policyDocument, resource as resourceSchema } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import type { HoldsCore } from "./holds.ts";
import { LIMITS } from "./limits.ts";
import { describeOwnAction, type OwnAction } from "./own-cards.ts";
import type { Hold, Policies, PolicyChanges } from "./ports.ts";
import type { SecretSlotRow, Store } from "./store-ports.ts";

type Slot = SecretCommitment["slot"];
interface ClearSecret {
  resource: string;
  slot: Slot;
  value: string;
}

export interface ProposalsDeps {
  holds: Pick<HoldsCore, "openWith" | "get">;
  store: Pick<Store, "write">;
  policies: Pick<Policies, "current">;
  clock: Clock;
  /** 16 random bytes, base64url. */
  nonce(): string;
  /** Throws Problem not-found unless the person is a member (invariant 9) with a role that may propose. */
  refuseUnlessMember(person: string, organization: string): Promise<void>;
  /** Seals at once; the clear text is not kept. */
  seal(organization: string, secret: ClearSecret): SecretSlotRow;
}

export function createPolicyChanges(deps: ProposalsDeps): PolicyChanges {
  return {
    propose: async (person, organization, change) => {
      await deps.refuseUnlessMember(person, organization);
      const before = await deps.policies.current(organization);
      const { resources, approvers = before.approvers, quorum = before.quorum } = change;
      const document = nextDocument(before, { resources, approvers, quorum });
      const sealed = sealAll(deps, organization, document, change.secrets);
      const action: PolicyChangeAction = {
        kind: "policy.change",
        organization,
        from: before.version,
        to: document.version,
        document,
        secrets: sealed.map(commitmentOf),
      };
      return await open(deps, action, before, sealed, await pendingChange(deps, organization));
    },
    proposeSecret: async (person, organization, secret) => {
      await deps.refuseUnlessMember(person, organization);
      const policy = await deps.policies.current(organization);
      const [sealed] = sealAll(deps, organization, policy, [secret]);
      if (!sealed) throw new Problem("input.invalid", { why: "there is no secret in it" });
      const action: SecretWriteAction = { kind: "secret.write", organization, secret: commitmentOf(sealed) };
      return await open(deps, action, policy, [sealed], null);
    },
    proposeGrant: async (person, organization, grant) => {
      await deps.refuseUnlessMember(person, organization);
      const policy = await deps.policies.current(organization);
      const resource = policy.resources.find(({ id }) => id === grant.resource);
      if (resource?.kind !== "git")
        throw new Problem("input.invalid", { why: "the policy has no such repository" });
      const leftMs = Date.parse(grant.until) - deps.clock.now();
      if (!(leftMs > 0 && leftMs <= LIMITS.grantMsMax))
        throw new Problem("input.invalid", { why: "until: a grant ends in the next seven days" });
      const action: GrantOpenAction = {
        kind: "grant.open",
        organization,
        ...grant,
        nonce: deps.nonce(),
      };
      return await open(deps, action, policy, [], null);
    },
    proposeSettle: async (person, organization, id, outcome) => {
      await deps.refuseUnlessMember(person, organization);
      const hold = await deps.holds.get(organization, id);
      if (hold.state !== "unknown")
        throw new Problem("hold.not-unknown", { hold: hold.id, state: hold.state });
      const action: HoldSettleAction = {
        kind: "hold.settle",
        organization,
        hold: hold.id,
        actionDigest: hold.actionDigest,
        outcome,
      };
      return await open(deps, action, await deps.policies.current(organization), [], null);
    },
  };
}

function nextDocument(
  before: PolicyDocument,
  change: { resources: unknown[]; approvers: unknown[]; quorum: number },
): PolicyDocument {
  const parsed = policyDocument.safeParse({ ...before, version: before.version + 1, ...change });
  if (!parsed.success)
    throw new Problem("input.invalid", {
      why: parsed.error.issues
        .map((issue) => `${issue.path.join(".")}: ${issue.message}`)
        .join("; ")
        .slice(0, 500),
    });
  const ids = parsed.data.resources.map((entry) => resourceSchema.parse(entry).id);
  if (new Set(ids).size !== ids.length)
    throw new Problem("input.invalid", { why: "two resources have the same id" });
  return parsed.data;
}

function sealAll(
  deps: ProposalsDeps,
  organization: string,
  policy: PolicyDocument,
  secrets: readonly ClearSecret[],
): SecretSlotRow[] {
  const places = secrets.map((secret) => `${secret.resource} ${secret.slot}`);
  if (new Set(places).size !== places.length)
    throw new Problem("input.invalid", { why: "two secrets are for the same slot" });
  for (const secret of secrets) refuseMisfit(policy, secret);
  return secrets.map((secret) => deps.seal(organization, secret));
}

function refuseMisfit(policy: PolicyDocument, secret: ClearSecret): void {
  const kind = policy.resources.find((entry) => entry.id === secret.resource)?.kind;
  const fits =
    (secret.slot === "git.credential" && kind === "git") ||
    (secret.slot === "model.key" && kind === "model") ||
    (secret.slot === "channel.credential" && kind === "channel");
  if (!fits)
    throw new Problem("input.invalid", {
      why: "the secret is for a resource that the policy does not have, or that has no such slot",
    });
  if (secret.value === "") throw new Problem("input.invalid", { why: "the secret is empty" });
  if (new TextEncoder().encode(secret.value).length > LIMITS.secretBytesMax)
    throw new Problem("too-large", { what: "The secret", limit: `${LIMITS.secretBytesMax} bytes` });
}

function commitmentOf({ resource, slot, commitment }: SecretSlotRow): SecretCommitment {
  return { resource, slot: slot as Slot, commitment };
}

/** A newer proposal takes the place of one that nobody has signed: only one of them could ever be released. */
async function pendingChange(deps: ProposalsDeps, organization: string): Promise<string | null> {
  const open = await deps.store.write(organization, async (unit) => await unit.openOfKind("policy.change"));
  return open.find((hold) => hold.state === "pending")?.id ?? null;
}

async function open(
  deps: ProposalsDeps,
  action: OwnAction,
  policy: PolicyDocument,
  secrets: readonly SecretSlotRow[],
  supersedes: string | null,
): Promise<Hold> {
  const request = {
    action,
    card: describeOwnAction(action, policy, ""),
    caller: null,
    resource: null,
    agentWords: "",
    supersedes,
    keep: async (): Promise<void> => undefined,
  };
  return await deps.holds.openWith(request, async (unit, hold) => {
    for (const secret of secrets) await unit.insertPendingSecret(hold.id, secret);
  });
}
