/** Releases of the gate's own actions: the policy, secrets, passkeys, settling. Nothing leaves the gate; the disk's pin moves before the rows do. */
import { jcsDigest } from "@nightgate/evidence/jcs";
import { type NextPolicy, nextPolicy } from "@nightgate/evidence/policy-chain";
import type {
  Action,
  GrantOpenAction,
  HoldSettleAction,
  PasskeyEnrollAction,
  PolicyChangeAction,
  SecretWriteAction,
} from "@nightgate/shared/actions";
import type { PolicyDocument } from "@nightgate/shared/policy";
import type { PoliciesCore } from "./policies.ts";
import type { ActionHandler, Hold, Outcome } from "./ports.ts";
import type { Pins, Store, Unit } from "./store-ports.ts";

export interface OwnActionsDeps {
  store: Pick<Store, "write">;
  policies: Pick<PoliciesCore, "state">;
  pins: Pick<Pins, "policy" | "setPolicy">;
  /** True when the sealed secret opens and is the one that was committed to. */
  secretIsSound(
    organization: string,
    secret: { resource: string; slot: string; sealed: string; commitment: string },
  ): boolean;
  /** The other hold moved. */
  announce(hold: Hold): void;
}

type Applicable = Exclude<NextPolicy, { refused: string }>;
type PolicyAction = PolicyChangeAction | PasskeyEnrollAction;

const done = (words: string, evidence: Record<string, unknown> = {}): Outcome => ({
  state: "released",
  words,
  evidence,
});
const failed = (words: string): Outcome => ({ state: "failed", words, evidence: {} });

export function createOwnActions(deps: OwnActionsDeps): ActionHandler[] {
  return [policyHandler(deps), secretHandler(deps), settleHandler(deps), grantHandler()];
}

function policyHandler(deps: OwnActionsDeps): ActionHandler {
  return {
    kinds: ["policy.change", "passkey.enroll"],
    release: async (action, context) => {
      const own = action as PolicyAction;
      const next = nextPolicy(await deps.policies.state(own.organization), own);
      if ("refused" in next) return failed(`Nothing was changed: ${next.refused}.`);
      const unsound = await unsoundSecrets(deps, context.hold);
      if (unsound) return failed(unsound);
      await context.dispatching({});
      return await applyPolicy(deps, own, context.hold, next);
    },
    settle: async (action, context, marker) => {
      const own = action as PolicyAction;
      if (marker === null)
        return failed("The gate was stopped before anything was changed. Make the change again.");
      const pin = deps.pins.policy(own.organization);
      const state = await stateBefore(deps, own, context.hold);
      if (!state) return failed("The gate was stopped before anything was changed. Make the change again.");
      const pinned = pin !== null && "hold" in pin && pin.hold === context.hold.id;
      if ("document" in state && !pinned)
        return failed("The gate was stopped before anything was changed. Make the change again.");
      return await applyPolicy(deps, own, context.hold, state);
    },
  };
}

/** What the interrupted change would have made. At the pin of this very hold only the rows may be missing, and its document comes from the action alone. */
async function stateBefore(
  deps: OwnActionsDeps,
  action: PolicyAction,
  hold: Hold,
): Promise<Applicable | null> {
  const pin = deps.pins.policy(action.organization);
  if (action.kind === "policy.change")
    return pin && "document" in pin && pin.document === jcsDigest(action.document)
      ? { document: action.document }
      : null;
  if (pin && "hold" in pin && pin.hold === hold.id)
    return await documentWithPasskey(deps, action, pin.version);
  const next = nextPolicy(await deps.policies.state(action.organization), action);
  return "unchanged" in next ? next : null;
}

async function documentWithPasskey(
  deps: OwnActionsDeps,
  action: PasskeyEnrollAction,
  version: number,
): Promise<Applicable | null> {
  return await deps.store.write(action.organization, async (unit) => {
    const before = await unit.policy(version - 1);
    if (!before) return null;
    const next = nextPolicy({ version: version - 1, document: before }, action);
    return "refused" in next ? null : next;
  });
}

async function applyPolicy(
  deps: OwnActionsDeps,
  action: PolicyAction,
  hold: Hold,
  next: Applicable,
): Promise<Outcome> {
  if ("document" in next) {
    // Invariant 4: the disk first. If we die now, the old rows no longer count, and recovery writes the new ones.
    deps.pins.setPolicy(action.organization, {
      version: next.document.version,
      document: jcsDigest(next.document),
      hold: hold.id,
    });
  }
  await deps.store.write(action.organization, async (unit) => {
    if ("document" in next && (await unit.insertPolicy(next.document, hold.id)))
      unit.receipt({
        kind: "policy.applied",
        hold: hold.id,
        version: next.document.version,
        document: jcsDigest(next.document),
      });
    if (action.kind === "passkey.enroll") await keepPasskey(unit, action);
    await activateSecrets(unit, hold);
  });
  return done(wordsOf(action, next), "document" in next ? { version: next.document.version } : {});
}

async function keepPasskey(unit: Unit, action: PasskeyEnrollAction): Promise<void> {
  const { person, credential, publicKey, name } = action;
  await unit.insertPasskey({
    person,
    credential,
    publicKey,
    name,
    transports: [],
    counter: 0,
    backedUp: false,
  });
}

function wordsOf(action: PolicyAction, next: { document: PolicyDocument } | { unchanged: true }): string {
  if (action.kind === "policy.change") return `The policy is at version ${action.to}.`;
  return "document" in next
    ? `The passkey "${action.name}" can approve; the policy is at version ${next.document.version}.`
    : `The passkey "${action.name}" can sign in.`;
}

async function unsoundSecrets(deps: OwnActionsDeps, hold: Hold): Promise<string | null> {
  const wanted = commitmentsOf(hold.action);
  const kept = await deps.store.write(hold.organization, async (unit) => await unit.pendingSecrets(hold.id));
  const sound = wanted.every((secret) =>
    kept.some(
      (row) =>
        row.resource === secret.resource &&
        row.slot === secret.slot &&
        row.commitment === secret.commitment &&
        deps.secretIsSound(hold.organization, row),
    ),
  );
  return sound && kept.length === wanted.length
    ? null
    : "Nothing was changed: a secret that was to be written is not the one that was signed for.";
}

function commitmentsOf(action: Action): readonly { resource: string; slot: string; commitment: string }[] {
  if (action.kind === "policy.change") return action.secrets;
  return action.kind === "secret.write" ? [action.secret] : [];
}

async function activateSecrets(unit: Unit, hold: Hold): Promise<void> {
  for (const { resource, slot, commitment } of await unit.pendingSecrets(hold.id))
    unit.receipt({ kind: "secret.applied", hold: hold.id, resource, slot, commitment });
  await unit.activateSecrets(hold.id);
}

function secretHandler(deps: OwnActionsDeps): ActionHandler {
  const apply = async (action: SecretWriteAction, hold: Hold): Promise<Outcome> => {
    await deps.store.write(action.organization, async (unit) => await activateSecrets(unit, hold));
    return done("The secret was replaced.");
  };
  return {
    kinds: ["secret.write"],
    release: async (action, context) => {
      const unsound = await unsoundSecrets(deps, context.hold);
      if (unsound) return failed(unsound);
      await context.dispatching({});
      return await apply(action as SecretWriteAction, context.hold);
    },
    // One transaction: either it was committed, then nothing is pending any more, or it was not, and is done now, once.
    settle: async (action, context, marker) =>
      marker === null
        ? failed("The gate was stopped before anything was changed. Write the secret again.")
        : await apply(action as SecretWriteAction, context.hold),
  };
}

function settleHandler(deps: OwnActionsDeps): ActionHandler {
  const apply = async (action: HoldSettleAction, by: Hold): Promise<Outcome> => {
    const words =
      action.outcome === "released"
        ? "A person has looked: it was done."
        : "A person has looked: it was not done.";
    const outcome: Outcome = { state: action.outcome, words, evidence: { settledBy: by.id } };
    const moved = await deps.store.write(action.organization, async (unit) => {
      const hold = await unit.hold(action.hold);
      if (!hold || hold.actionDigest !== action.actionDigest) return null;
      if (hold.outcome?.evidence.settledBy === by.id) return hold;
      if (!(await unit.moveHold(hold.id, { from: "unknown", to: action.outcome }, { words, outcome })))
        return null;
      unit.receipt({ kind: "hold.settled", hold: hold.id, by: by.id, outcome: action.outcome });
      return { ...hold, state: action.outcome, words, outcome, endedAt: unit.now };
    });
    if (!moved) return failed(`${action.hold} is not unknown any more. Nothing was changed.`);
    deps.announce(moved);
    return done(`${action.hold} is settled.`);
  };
  return {
    kinds: ["hold.settle"],
    release: async (action, context) => {
      await context.dispatching({});
      return await apply(action as HoldSettleAction, context.hold);
    },
    settle: async (action, context) => await apply(action as HoldSettleAction, context.hold),
  };
}

/** Nothing but its own release opens a grant: what it covers is read from the log each time. */
function grantHandler(): ActionHandler {
  const opened = (action: GrantOpenAction): Outcome =>
    done(
      `${action.count === 1 ? "One push is" : `${action.count} pushes are`} allowed until ${action.until}.`,
    );
  return {
    kinds: ["grant.open"],
    release: async (action, context) => {
      await context.dispatching({});
      return opened(action as GrantOpenAction);
    },
    settle: async (action) => opened(action as GrantOpenAction),
  };
}
