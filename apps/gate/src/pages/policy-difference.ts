/** What the gate's own changes mean, line by line, as a person reads it before signing: new beside old, nothing left out. Pure. */
import type { Action, PolicyChangeAction, SecretCommitment } from "@nightgate/shared/actions";
import type { Approver, PolicyDocument, Resource } from "@nightgate/shared/policy";
import type { DifferenceLine } from "./wire.ts";

interface Names {
  workstation(id: string): string;
  resource(id: string): string;
  person(id: string): string;
}

/** The readable lines of one of the gate's own changes; null for an action that goes outside. `before` is the policy in force, or null at the founding. */
export function describeChange(
  action: Action,
  before: PolicyDocument | null,
  names: Names,
): DifferenceLine[] | null {
  switch (action.kind) {
    case "policy.change":
      return policyLines(action, before, names);
    case "secret.write":
      return [secretLine(action.secret, names)];
    case "passkey.enroll":
      return [
        line("added", "Passkey", action.name, [
          ["May", "sign decisions from now on"],
          ["Of", names.person(action.person)],
          ["Credential", action.credential],
          ["Public key", action.publicKey],
        ]),
      ];
    case "hold.settle":
      return [
        line("changed", "Outcome", action.hold, [
          ["Recorded as", action.outcome === "released" ? "it arrived" : "it did not arrive"],
          ["Sends", "nothing"],
        ]),
      ];
    case "grant.open":
      return [
        line("added", "Grant", names.resource(action.resource), [
          ["Allows", `up to ${action.count} pushes, without asking`],
          ["Until", action.until],
          ["To", action.refs.join(", ")],
          [
            "As",
            action.verbs.map((verb) => (verb === "create" ? "new branches" : "fast-forwards")).join(" and "),
          ],
          [
            "From",
            action.workstation === "*"
              ? "every workstation that may use it"
              : names.workstation(action.workstation),
          ],
          ["Never", "forced pushes, deletions, or anything that the gate flags as dangerous"],
        ]),
      ];
    case "git.push":
    case "http.request":
      return null;
    default:
      return action satisfies never;
  }
}

function policyLines(
  action: PolicyChangeAction,
  before: PolicyDocument | null,
  names: Names,
): DifferenceLine[] {
  const after = action.document;
  const own: Names = {
    ...names,
    resource: (id) => after.resources.find((each) => each.id === id)?.name ?? names.resource(id),
  };
  return [
    ...compare(
      before?.approvers ?? [],
      after.approvers,
      (each) => each.person,
      (each) => ["Approver", each.name, approverFields(each), false],
    ),
    ...compare(
      before?.resources ?? [],
      after.resources,
      (each) => each.id,
      (each) => [RESOURCE_WORDS[each.kind], each.name, resourceFields(each, own), isRehearsal(each)],
    ),
    ...action.secrets.map((secret) => secretLine(secret, own)),
  ];
}

type Described = [what: string, name: string, fields: [string, string][], rehearsal: boolean];

function compare<Item>(
  before: readonly Item[],
  after: readonly Item[],
  key: (item: Item) => string,
  describe: (item: Item) => Described,
): DifferenceLine[] {
  const old = new Map(before.map((item) => [key(item), item]));
  const kept = new Set(after.map(key));
  const lines = after.map((item) => {
    const was = old.get(key(item));
    const [what, name, fields, rehearsal] = describe(item);
    if (was === undefined) return line("added", what, name, fields, rehearsal);
    const [, oldName, oldFields] = describe(was);
    return changedLine(what, [["Name", name], ...fields], [["Name", oldName], ...oldFields], rehearsal);
  });
  const removed = before
    .filter((item) => !kept.has(key(item)))
    .map((item) => {
      const [what, name, fields, rehearsal] = describe(item);
      return line("removed", what, name, fields, rehearsal);
    });
  return [...lines, ...removed];
}

function changedLine(
  what: string,
  now: [string, string][],
  was: [string, string][],
  rehearsal: boolean,
): DifferenceLine {
  const old = new Map(was);
  const fields = now.map(([label, value]) => {
    const before = old.get(label) ?? "";
    return before === value ? { label, value } : { label, value, before };
  });
  const gone = was
    .filter(([label]) => !now.some((each) => each[0] === label))
    .map(([label, before]) => ({ label, value: "", before }));
  const all = [...fields, ...gone];
  const name = now[0]?.[1] ?? "";
  const changed = all.some((field) => "before" in field);
  return {
    sign: changed ? "changed" : "kept",
    what,
    name,
    fields: all.slice("before" in (all[0] ?? {}) ? 0 : 1),
    rehearsal,
  };
}

function line(
  sign: DifferenceLine["sign"],
  what: string,
  name: string,
  fields: [string, string][],
  rehearsal = false,
): DifferenceLine {
  return { sign, what, name, fields: fields.map(([label, value]) => ({ label, value })), rehearsal };
}

export const RESOURCE_WORDS: Record<Resource["kind"], string> = {
  git: "Repository",
  model: "Model provider",
  http: "Hosts to read from",
  channel: "Channel",
};

const SLOT_WORDS: Record<SecretCommitment["slot"], string> = {
  "git.credential": "credential",
  "model.key": "key",
  "channel.credential": "credential of a channel",
};

function secretLine(secret: SecretCommitment, names: Names): DifferenceLine {
  return line("added", `Secret ${SLOT_WORDS[secret.slot]}`, names.resource(secret.resource), [
    ["Is", "written to the vault and replaces the one before it"],
    ["Sealed as", secret.commitment],
  ]);
}

function approverFields(approver: Approver): [string, string][] {
  return [
    ["May", "approve and reject, alone"],
    ...approver.passkeys.map((passkey, at): [string, string] => [
      `Passkey ${at + 1}`,
      `${passkey.name} (${passkey.credential}, key ${passkey.publicKey})`,
    ]),
  ];
}

function resourceFields(resource: Resource, names: Names): [string, string][] {
  const workstations =
    resource.workstations === "*"
      ? "every workstation, now and later"
      : resource.workstations.map(names.workstation).join(", ") || "none";
  switch (resource.kind) {
    case "git":
      return [
        ["Address", resource.url],
        ["For", workstations],
        ["A push", resource.push === "hold" ? "waits for a passkey" : "is refused"],
        ["A held push ends", resource.whenHeld === "accept" ? "as accepted for delivery" : "as an error"],
        [
          "Pull requests and issues",
          resource.forge === undefined
            ? "are closed to agents"
            : `may be read; writing waits for a passkey, and goes to ${resource.forge.url} with the credential (tools ask for ${resource.forge.host})`,
        ],
      ];
    case "model":
      return [
        ["Address", resource.url],
        ["Speaks", resource.api === "anthropic" ? "Anthropic's API" : "OpenAI's API"],
        ["For", workstations],
      ];
    case "http":
      return [
        ["May be read (GET and HEAD)", resource.hosts.join(", ")],
        ["For", workstations],
      ];
    case "channel":
      return [
        ["Service", resource.service],
        ["Address", resource.url],
        ...(resource.from === undefined ? [] : [["Sender", resource.from] satisfies [string, string]]),
        ["Carries", "notifications to members, and what linked members answer; it can approve nothing"],
      ];
    default:
      return resource satisfies never;
  }
}

/** The sample of "Try it without a key": marked plainly everywhere. */
export function isRehearsal(resource: Resource): boolean {
  return resource.kind !== "http" && resource.rehearsal;
}
