/** What a person sees of the gate's own actions. Pure: made from the action and the policy before it, the same on the page and in the receipt. */
import { keyWords } from "@nightgate/evidence/key-words";
import type {
  Action,
  GrantOpenAction,
  HoldSettleAction,
  PasskeyEnrollAction,
  PolicyChangeAction,
  SecretSlot,
  SecretWriteAction,
} from "@nightgate/shared/actions";
import type { Card } from "@nightgate/shared/card";
import type { PolicyDocument, Resource } from "@nightgate/shared/policy";

type Fact = Card["facts"][number];
type Flag = Card["flags"][number];

/** The gate's own kinds; the surfaces describe theirs. */
export type OwnAction = Exclude<Action, { kind: "git.push" | "http.request" }>;

/** The card of a gate's own action. `before` is the policy that it changes, null at the founding. */
export function describeOwnAction(
  action: OwnAction,
  before: PolicyDocument | null,
  /** Of the organization that is founded, or of the person whose passkey is added. */
  named: string,
): Card {
  switch (action.kind) {
    case "policy.change":
      return before ? policyCard(action, before) : foundingCard(action, named);
    case "secret.write":
      return secretCard(action, before);
    case "passkey.enroll":
      return passkeyCard(action, before, named);
    case "hold.settle":
      return settleCard(action);
    case "grant.open":
      return grantCard(action, before);
    default:
      return unknownKind(action);
  }
}

function foundingCard(action: PolicyChangeAction, organizationName: string): Card {
  const [approver] = action.document.approvers;
  return {
    title: `Found ${organizationName}`,
    verb: "Found the organization",
    target: organizationName,
    facts: [
      { label: "Approver", value: approver ? `${approver.name}, with 1 passkey` : "nobody" },
      ...action.document.resources.map((resource) => resourceFact("Resource", resource)),
    ],
    flags: [],
    undrawn: [],
  };
}

function policyCard(action: PolicyChangeAction, before: PolicyDocument): Card {
  const facts = [
    ...approverFacts(before, action.document),
    ...resourceFacts(before.resources, action.document.resources),
    ...action.secrets.map((secret) => secretFact(secret, action.document)),
  ];
  return {
    title: `Change the policy to version ${action.to}`,
    verb: "Change the policy",
    target: `version ${action.from} to version ${action.to}`,
    facts:
      facts.length > 0
        ? facts.slice(0, FACTS_MAX)
        : [{ label: "Change", value: "Nothing but the version number" }],
    flags: [
      ...approverFlags(before, action.document),
      ...resourceFlags(before.resources, action.document.resources),
    ],
    undrawn: [],
  };
}

/** The card's own limit; a longer list says how much is missing and is flagged. */
const FACTS_MAX = 100;

function approverFacts(before: PolicyDocument, after: PolicyDocument): Fact[] {
  const old = new Map(before.approvers.map((approver) => [approver.person, approver]));
  const now = new Set(after.approvers.map((approver) => approver.person));
  return [
    ...(before.quorum === after.quorum
      ? []
      : [
          {
            label: "Approvers who must sign",
            value: `${before.quorum} until now, ${after.quorum} from then on`,
          },
        ]),
    ...after.approvers
      .filter((approver) => !old.has(approver.person))
      .map((approver) => ({
        label: "New approver",
        value: `${approver.name} (${approver.person}), with ${approver.passkeys.map(keyed).join("; ")}`.slice(
          0,
          4000,
        ),
      })),
    ...before.approvers
      .filter((approver) => !now.has(approver.person))
      .map((approver) => ({ label: "Approver removed", value: `${approver.name} (${approver.person})` })),
    ...after.approvers
      .filter((approver) => old.has(approver.person) && !same(old.get(approver.person), approver))
      .map((approver) => ({
        label: "Approver changed",
        value:
          `${approver.name} (${approver.person}), passkeys: ${approver.passkeys.map(keyed).join("; ")}`.slice(
            0,
            4000,
          ),
      })),
  ];
}

/** A passkey by its name and by the words that its owner sees too (keyWords): the name alone could be anybody's. */
function keyed(passkey: { credential: string; publicKey: string; name: string }): string {
  return `"${passkey.name}" ${keyWords(passkey)}`;
}

function approverFlags(before: PolicyDocument, after: PolicyDocument): Flag[] {
  return same(before.approvers, after.approvers) && before.quorum === after.quorum
    ? []
    : [{ level: "danger", code: "approvers-change", text: "Who may approve changes with this." }];
}

function resourceFacts(before: readonly Resource[], after: readonly Resource[]): Fact[] {
  const old = new Map(before.map((resource) => [resource.id, resource]));
  const now = new Set(after.map((resource) => resource.id));
  return [
    ...after
      .filter((resource) => !old.has(resource.id))
      .map((resource) => resourceFact("New resource", resource)),
    ...before
      .filter((resource) => !now.has(resource.id))
      .map((resource) => resourceFact("Resource removed", resource)),
    ...after
      .filter((resource) => old.has(resource.id) && !same(old.get(resource.id), resource))
      .map((resource) => resourceFact("Resource changed", resource)),
  ];
}

function resourceFlags(before: readonly Resource[], after: readonly Resource[]): Flag[] {
  const old = new Map(before.map((resource) => [resource.id, resource]));
  const flags: Flag[] = [];
  for (const resource of after) {
    const earlier = old.get(resource.id);
    // A credential follows its resource: with another address it would be sent somewhere else (attack V4).
    if (earlier && place(earlier) !== place(resource))
      flags.push({
        level: "danger",
        code: "resource-moves",
        text: `${resource.name} goes to another address: ${place(resource)}`.slice(0, 600),
      });
    if (resource.kind === "http" && resource.hosts.some((host) => host.startsWith("*.")))
      flags.push({
        level: "warning",
        code: "wildcard-host",
        text: `${resource.name} allows every host under a name.`,
      });
  }
  return flags.slice(0, 500);
}

function resourceFact(label: string, resource: Resource): Fact {
  if (resource.kind === "channel")
    return { label, value: `${resource.name}: ${place(resource)}`.slice(0, 4000) };
  const who =
    resource.workstations === "*" ? "every workstation" : `${resource.workstations.length} workstations`;
  return { label, value: `${resource.name}: ${place(resource)}, for ${who}`.slice(0, 4000) };
}

function place(resource: Resource): string {
  if (resource.kind === "channel") return `notifications by ${resource.service} through ${resource.url}`;
  return resource.kind === "http" ? `GET and HEAD to ${resource.hosts.join(", ")}` : resource.url;
}

const SECRET_LABELS: Record<SecretSlot, string> = {
  "git.credential": "Credential written",
  "model.key": "Model key written",
  "channel.credential": "Channel's credential written",
};

function secretFact(secret: { resource: string; slot: SecretSlot }, policy: PolicyDocument | null): Fact {
  const resource = policy?.resources.find((entry) => entry.id === secret.resource);
  return {
    label: SECRET_LABELS[secret.slot],
    value: resource ? `${resource.name}: ${place(resource)}`.slice(0, 4000) : secret.resource,
  };
}

function secretCard(action: SecretWriteAction, policy: PolicyDocument | null): Card {
  const fact = secretFact(action.secret, policy);
  return {
    title: `Replace a secret of ${fact.value}`.slice(0, 400),
    verb: "Replace a secret",
    target: fact.value.slice(0, 400),
    facts: [fact, { label: "Commitment", value: action.secret.commitment }],
    flags: [],
    undrawn: [],
  };
}

function passkeyCard(action: PasskeyEnrollAction, policy: PolicyDocument | null, named: string): Card {
  const approver = policy?.approvers.find((entry) => entry.person === action.person);
  const name = approver?.name ?? named;
  return {
    title: name === "" ? `Add the passkey "${action.name}"` : `Add the passkey "${action.name}" of ${name}`,
    verb: "Add a passkey",
    target: name === "" ? action.person : name,
    facts: [
      { label: "Person", value: name === "" ? action.person : `${name} (${action.person})` },
      { label: "Name", value: action.name },
      { label: "Key in words", value: keyWords(action) },
      { label: "Passkey", value: action.credential.slice(0, 4000) },
    ],
    flags: approver
      ? [{ level: "danger", code: "approvers-change", text: `With it, ${approver.name} can approve.` }]
      : [],
    undrawn: [],
  };
}

function settleCard(action: HoldSettleAction): Card {
  return {
    title: `Say that ${action.hold} was ${action.outcome === "released" ? "done" : "not done"}`,
    verb: "Settle",
    target: action.hold,
    facts: [
      { label: "Hold", value: action.hold },
      { label: "Outcome", value: action.outcome },
      { label: "Action", value: action.actionDigest },
    ],
    flags: [
      {
        level: "warning",
        code: "settles-unknown",
        text: "The gate could not find out how this ended. Look at the upstream first: nothing is sent by this.",
      },
    ],
    undrawn: [],
  };
}

function grantCard(action: GrantOpenAction, policy: PolicyDocument | null): Card {
  const resource = policy?.resources.find((entry) => entry.id === action.resource);
  const name = resource?.name ?? action.resource;
  const pushes = action.count === 1 ? "1 push" : `${action.count} pushes`;
  return {
    title: `Allow ${pushes} to ${name} until ${action.until}`.slice(0, 400),
    verb: "Allow in advance",
    target: `${name} ${action.refs.join(", ")}`.slice(0, 400),
    facts: [
      { label: "Repository", value: resource ? `${name}: ${place(resource)}`.slice(0, 4000) : name },
      { label: "Branches and tags", value: action.refs.join("\n").slice(0, 4000) },
      { label: "Kinds", value: action.verbs.join(", ") },
      { label: "At most", value: pushes },
      { label: "Until", value: action.until },
      {
        label: "Workstation",
        value: action.workstation === "*" ? "every one that may use it" : action.workstation,
      },
    ],
    flags: [
      {
        level: "warning",
        code: "unseen",
        text: "These pushes go out without anybody reading them first. What the gate flags as dangerous is held all the same.",
      },
      ...(action.refs.some((ref) => /^refs\/heads\/(main|master|trunk|release.*|\*)$/u.test(ref))
        ? [
            {
              level: "danger" as const,
              code: "broad-grant",
              text: "This covers a branch that others build on.",
            },
          ]
        : []),
    ],
    undrawn: [],
  };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function unknownKind(action: never): never {
  return action;
}
