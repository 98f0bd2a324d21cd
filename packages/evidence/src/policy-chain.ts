/** How one version of a policy follows from another: a signed document, or a signed enrolment that adds one passkey. Both are deterministic, so the chain can be replayed. */
import type { Action, PasskeyEnrollAction } from "@nightgate/shared/actions";
import type { Approver, PolicyDocument } from "@nightgate/shared/policy";

export interface Founder {
  person: string;
  name: string;
  credential: string;
  publicKey: string;
}

/** Where an organization's policy stands; version 0 has a founder and no document. */
export type PolicyState = { version: 0; founder: Founder } | { version: number; document: PolicyDocument };

/** Who may decide now. At version 0 the founder alone, and (see `nextPolicy`) only the founding document. */
export function approversAt(state: PolicyState): readonly Approver[] {
  if ("document" in state) return state.document.approvers;
  const { person, name, credential, publicKey } = state.founder;
  return [{ person, name, passkeys: [{ credential, publicKey, name }] }];
}

/** How many persons must approve now. */
export function quorumAt(state: PolicyState): number {
  return "document" in state ? state.document.quorum : 1;
}

export type NextPolicy = { document: PolicyDocument } | { refused: string } | { unchanged: true };

/** What the policy becomes when `action` is released: a new document, nothing new, or a refusal in words. */
export function nextPolicy(state: PolicyState, action: Action): NextPolicy {
  if (action.kind === "policy.change") return changed(state, action);
  if (!("document" in state)) return { refused: "the organization has no policy yet" };
  if (action.kind !== "passkey.enroll") return { unchanged: true };
  const document = withPasskey(state.document, action);
  return document ? { document } : { unchanged: true };
}

function changed(state: PolicyState, action: Extract<Action, { kind: "policy.change" }>): NextPolicy {
  if (
    action.from !== state.version ||
    action.to !== state.version + 1 ||
    action.document.version !== action.to
  )
    return {
      refused: `the policy is at version ${state.version} now, and this change was made for version ${action.from}`,
    };
  if (action.document.organization !== action.organization)
    return { refused: "the document is of another organization" };
  if (!("document" in state) && !isFounders(action.document, state.founder))
    return { refused: "the first policy names somebody else than its founder" };
  return { document: action.document };
}

function isFounders(document: PolicyDocument, founder: Founder): boolean {
  const [only, ...others] = document.approvers;
  const [passkey, ...more] = only?.passkeys ?? [];
  if (others.length > 0 || more.length > 0) return false;
  return (
    only?.person === founder.person &&
    passkey?.credential === founder.credential &&
    passkey.publicKey === founder.publicKey
  );
}

/** The next version with one more passkey of an approver; null when the person is no approver (then the passkey only signs in). */
function withPasskey(document: PolicyDocument, action: PasskeyEnrollAction): PolicyDocument | null {
  if (!document.approvers.some((approver) => approver.person === action.person)) return null;
  const { credential, publicKey, name } = action;
  const approvers = document.approvers.map((approver) =>
    approver.person === action.person
      ? { ...approver, passkeys: [...approver.passkeys, { credential, publicKey, name }] }
      : approver,
  );
  return { ...document, version: document.version + 1, approvers };
}
