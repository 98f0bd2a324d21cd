/** A git.push that arrives nowhere but in a list, and can be told to fail in each way: what the releases are tested with. */
import type { GitPushAction, PushVerb } from "@nightgate/shared/actions";
import type { Card } from "@nightgate/shared/card";
import { newId } from "@nightgate/shared/ids";
import type { ActionHandler, Hold, Outcome } from "../core/ports.ts";
import type { Founder, TestGate } from "./test-core.ts";
import { approve, settled } from "./test-core.ts";

export interface FakePushes {
  handler: ActionHandler;
  /** Action digests that were sent, in order. */
  sent: string[];
  credentials: (string | null)[];
  settledWith: (Record<string, unknown> | null)[];
  /** What happens next; back to "arrives" after each use where it is an error. */
  next: "arrives" | "refused-before" | "dies-after";
  /** What settle finds. */
  found: Outcome;
}

export function fakePushes(): FakePushes {
  const fake: FakePushes = {
    sent: [],
    credentials: [],
    settledWith: [],
    next: "arrives",
    found: { state: "released", words: "It had arrived.", evidence: {} },
    handler: {
      kinds: ["git.push"],
      release: async (_action, { dispatching, hold, credential }) => {
        if (fake.next === "refused-before") throw new Error("refused");
        await dispatching({ group: 1234 });
        fake.sent.push(hold.actionDigest);
        fake.credentials.push(credential);
        if (fake.next === "dies-after") throw new Error("the wire was cut");
        return { state: "released", words: "It arrived.", evidence: { refs: {} } };
      },
      settle: async (_action, _context, marker) => {
        fake.settledWith.push(marker);
        return fake.found;
      },
    },
  };
  return fake;
}

export const WORKSTATION = "ws_aaaaaaaaaaaa";

export interface PushPlace {
  resource: string;
}

/** Puts a repository with a credential into the founder's policy. */
export async function addRepository(
  gate: TestGate,
  founder: Founder,
  credential = "push-secret",
): Promise<PushPlace> {
  const before = await gate.core.policies.current(founder.organization);
  const id = newId("resource");
  const repository = {
    kind: "git",
    id,
    name: "acme/shop",
    url: "https://git.example.com/acme/shop.git",
    workstations: "*",
    push: "hold",
    whenHeld: "accept",
    rehearsal: false,
  } as const;
  const change = {
    resources: [...before.resources, repository],
    secrets: [{ resource: id, slot: "git.credential" as const, value: credential }],
  };
  const hold = await gate.core.policyChanges.propose(founder.person, founder.organization, change);
  await approve(gate, founder, hold.id);
  const { state, words } = await settled(gate, founder, hold.id);
  if (state !== "released") throw new Error(`The policy was not changed: ${words}`);
  return { resource: id };
}

export interface PushOptions {
  /** Two hex digits repeated: which commit. */
  commit?: string;
  undrawn?: Card["undrawn"];
  supersedes?: string;
  workstation?: string;
  ref?: string;
  verb?: PushVerb;
  flags?: Card["flags"];
  keep?: (hold: string) => Promise<void>;
}

export function pushAction(
  founder: Pick<Founder, "organization">,
  place: PushPlace,
  options: PushOptions = {},
): GitPushAction {
  const commit = (options.commit ?? "ab").repeat(20);
  return {
    kind: "git.push",
    organization: founder.organization,
    workstation: options.workstation ?? WORKSTATION,
    resource: place.resource,
    upstream: "https://git.example.com/acme/shop.git",
    objectFormat: "sha1",
    updates: [
      {
        ref: options.ref ?? "refs/heads/main",
        old: "0".repeat(40),
        new: commit,
        verb: options.verb ?? "create",
        tree: commit,
      },
    ],
  };
}

/** Opens a hold as the git surface would. */
export async function push(
  gate: TestGate,
  founder: Founder,
  place: PushPlace,
  options: PushOptions = {},
): Promise<Hold> {
  return await gate.core.holds.open({
    action: pushAction(founder, place, options),
    card: {
      title: "atlas wants to push",
      verb: "Push",
      target: "acme/shop main",
      facts: [],
      flags: options.flags ?? [],
      undrawn: options.undrawn ?? [],
    },
    caller: {
      organization: founder.organization,
      workstation: options.workstation ?? WORKSTATION,
      workstationName: "atlas",
      run: "run_1",
    },
    resource: place.resource,
    agentWords: "Please.",
    supersedes: options.supersedes ?? null,
    keep: options.keep ?? (async () => undefined),
  });
}
