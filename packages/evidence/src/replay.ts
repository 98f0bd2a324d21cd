/** Replays receipts in order: what each one claims must follow from the ones before it. Used over an export, and by the gate over its own log. */
import type { Action } from "@nightgate/shared/actions";
import type { Card } from "@nightgate/shared/card";
import { HOLD_MOVES, type HoldState } from "@nightgate/shared/hold-states";
import { parseLogHead } from "./challenge.ts";
import { verifyDecision } from "./decision.ts";
import { actionDigest } from "./digest.ts";
import { whyNotGranted } from "./grants.ts";
import { jcsDigest } from "./jcs.ts";
import { approversAt, nextPolicy, type PolicyState, quorumAt } from "./policy-chain.ts";
import type { DecidedBody, ReceiptBody } from "./receipts.ts";
import { noPeople, peopleFault, type SeenPeople } from "./replay-people.ts";

export interface ReplayContext {
  installation: string;
  organization: string;
  origins: readonly string[];
  rpId: string;
  /** The root over the first `size` leaves, or null where the log is not that long yet. */
  rootAt(size: number): string | null;
}

export interface Replay {
  /** Null, or what is wrong with the entry. */
  next(body: ReceiptBody): string | null;
  /** An entry of this hold has lost its content: what else is said of the hold cannot be checked any more. */
  erased(hold: string | null): void;
}

interface SeenHold {
  state: HoldState;
  action: Action;
  actionDigest: string;
  card: Card;
  workstation: string | null;
  undrawn: readonly string[];
  after: string | null;
  /** The hold that took its place. */
  successor: string | null;
  approvedBy: Set<string>;
}

interface SeenGrant {
  uses: number;
  revoked: boolean;
}

/** What the entries so far have made true. */
interface Seen {
  context: ReplayContext;
  holds: Map<string, SeenHold>;
  grants: Map<string, SeenGrant>;
  policy: PolicyState | null;
  people: SeenPeople;
}

type Body<Kind extends ReceiptBody["kind"]> = Extract<ReceiptBody, { kind: Kind }>;

/** Feed it bodies in order. */
export function createReplay(context: ReplayContext): Replay {
  const seen: Seen = { context, holds: new Map(), grants: new Map(), policy: null, people: noPeople() };
  const erased = new Set<string>();
  return {
    erased: (hold) => {
      if (hold) erased.add(hold);
    },
    next: (body) => ("hold" in body && erased.has(body.hold) ? null : replayed(seen, body)),
  };
}

function replayed(seen: Seen, body: ReceiptBody): string | null {
  switch (body.kind) {
    case "organization.founded":
      return found(seen, body);
    case "hold.opened":
      return open(seen, body);
    case "hold.decided":
      return decide(seen, body);
    case "hold.granted":
      return grant(seen, body);
    case "grant.revoked":
      return revoke(seen, body);
    case "hold.moved":
      return isIn(seen, body.hold, body.from)
        ? move(seen, body.hold, body.to)
        : `${body.hold} was not ${body.from}`;
    case "hold.rejected":
      return rejectByWords(seen, body);
    case "release.started":
      return start(seen, body);
    case "release.ended":
      return move(seen, body.hold, body.outcome.state);
    case "hold.settled":
      return settle(seen, body);
    case "policy.applied":
      return applyPolicy(seen, body);
    case "secret.applied":
      return isIn(seen, body.hold, "releasing") ? null : "it applies a secret that nobody approved";
    case "refused":
    case "member.joined":
    case "organization.renamed":
      return null;
    case "person.signed":
    case "recovery.requested":
    case "recovery.applied":
      return peopleFault(seen.people, body, seen.context, seen);
    default:
      return unknownKind(body);
  }
}

function isIn(seen: Seen, hold: string, state: HoldState): boolean {
  return seen.holds.get(hold)?.state === state;
}

function move(seen: Seen, id: string, to: HoldState): string | null {
  const hold = seen.holds.get(id);
  if (!hold) return `it speaks of ${id}, which was never opened`;
  if (!(HOLD_MOVES[hold.state] as readonly string[]).includes(to))
    return `${id} cannot go from ${hold.state} to ${to}`;
  hold.state = to;
  return null;
}

function found(seen: Seen, body: Body<"organization.founded">): string | null {
  if (seen.policy || body.organization !== seen.context.organization)
    return "an organization is founded once, by the first entry of its log";
  seen.policy = { version: 0, founder: body.founder };
  return null;
}

function open(seen: Seen, body: Body<"hold.opened">): string | null {
  if (seen.holds.has(body.hold)) return `${body.hold} is opened twice`;
  if (actionDigest(body.action) !== body.actionDigest) return "its digest is not the one of its action";
  if (body.action.organization !== seen.context.organization) return "its action is of another organization";
  const undrawn = body.card.undrawn.map((entry) => entry.digest);
  seen.holds.set(body.hold, {
    state: "pending",
    action: body.action,
    actionDigest: body.actionDigest,
    card: body.card,
    workstation: body.workstation,
    undrawn,
    after: body.after ?? null,
    successor: null,
    approvedBy: new Set(),
  });
  const replaced = body.supersedes === null ? undefined : seen.holds.get(body.supersedes);
  if (replaced?.state === "superseded") replaced.successor = body.hold;
  return null;
}

function decide(seen: Seen, body: DecidedBody): string | null {
  const hold = seen.holds.get(body.hold);
  if (!hold || !seen.policy) return `it decides ${body.hold}, which cannot be decided yet`;
  if (seen.policy.version === 0 && hold.action.kind !== "policy.change")
    return "it decides before there is a policy";
  const head = parseLogHead(body.logHead);
  // Every decision cosigns the log so far: a log that was rewritten later does not fit the heads inside its decisions.
  if (!head || seen.context.rootAt(head.size) !== head.root) return "it cosigns another log than this one";
  const why = verifyDecision(body, {
    ...seen.context,
    hold: body.hold,
    actionDigest: hold.actionDigest,
    undrawn: hold.undrawn,
    approvers: approversAt(seen.policy),
  });
  if (why) return why;
  if (body.verdict.verdict === "reject") return move(seen, body.hold, "rejected");
  return approve(seen.policy, hold, body) ?? (body.pending ? null : move(seen, body.hold, "approved"));
}

/** Persons are counted, not passkeys; whether they were enough must be what the policy of then says. */
function approve(policy: PolicyState, hold: SeenHold, body: DecidedBody): string | null {
  if (hold.state !== "pending") return `${body.hold} cannot be approved any more`;
  if (hold.approvedBy.has(body.person)) return `it approves ${body.hold} twice for one person`;
  hold.approvedBy.add(body.person);
  const enough = hold.approvedBy.size >= quorumAt(policy);
  return enough === (body.pending === undefined)
    ? null
    : `${body.hold} needs ${quorumAt(policy)} approvals and has ${hold.approvedBy.size}`;
}

/** A grant is a hold of its own that a person has signed and that was released: nothing else stands for a decision. */
function grant(seen: Seen, body: Body<"hold.granted">): string | null {
  const hold = seen.holds.get(body.hold);
  const by = seen.holds.get(body.grant);
  if (!hold || by?.action.kind !== "grant.open" || by.state !== "released")
    return `it lets ${body.hold} go by a grant that nobody has signed`;
  const known = seen.grants.get(body.grant) ?? { uses: 0, revoked: false };
  if (known.revoked) return `it uses ${body.grant}, which was revoked`;
  if (body.use !== known.uses + 1 || body.use > by.action.count)
    return `it uses ${body.grant} more often than it may be`;
  const why = whyNotGranted(by.action, { ...hold, at: new Date(body.at) });
  if (why) return `it lets ${body.hold} go by ${body.grant}: ${why}`;
  seen.grants.set(body.grant, { ...known, uses: body.use });
  return move(seen, body.hold, "approved");
}

/** Only an approver can, and only what still waits. */
function rejectByWords(seen: Seen, body: Body<"hold.rejected">): string | null {
  if (!seen.policy || !approversAt(seen.policy).some(({ person }) => person === body.person))
    return `it rejects ${body.hold} in the name of somebody who is no approver`;
  return isIn(seen, body.hold, "pending")
    ? move(seen, body.hold, "rejected")
    : `${body.hold} did not wait any more when it was rejected`;
}

function revoke(seen: Seen, body: Body<"grant.revoked">): string | null {
  if (seen.holds.get(body.grant)?.action.kind !== "grant.open") return "it revokes what is no grant";
  seen.grants.set(body.grant, { uses: seen.grants.get(body.grant)?.uses ?? 0, revoked: true });
  return null;
}

function start(seen: Seen, body: Body<"release.started">): string | null {
  const hold = seen.holds.get(body.hold);
  if (hold?.actionDigest !== body.actionDigest)
    return "it releases another action than the one that was held";
  if (hold.after !== null && before(seen, hold.after)?.state !== "released")
    return `it releases ${body.hold} before ${hold.after}, which it was to follow`;
  return move(seen, body.hold, "releasing");
}

/** The hold that another one follows: itself, or the last of those that took its place. */
function before(seen: Seen, id: string): SeenHold | undefined {
  let hold = seen.holds.get(id);
  // Each successor was opened later than what it replaced, so this ends.
  while (hold?.successor) hold = seen.holds.get(hold.successor);
  return hold;
}

function applyPolicy(seen: Seen, body: Body<"policy.applied">): string | null {
  const hold = seen.holds.get(body.hold);
  if (hold?.state !== "releasing" || !seen.policy) return "it applies a policy that nobody approved";
  const next = nextPolicy(seen.policy, hold.action);
  if (!("document" in next)) return "refused" in next ? next.refused : "its action changes no policy";
  if (next.document.version !== body.version || jcsDigest(next.document) !== body.document)
    return "it applies another policy than the one that was approved";
  seen.policy = { version: body.version, document: next.document };
  return null;
}

function settle(seen: Seen, body: Body<"hold.settled">): string | null {
  const by = seen.holds.get(body.by);
  const fits =
    by?.action.kind === "hold.settle" &&
    by.state === "releasing" &&
    by.action.hold === body.hold &&
    by.action.actionDigest === seen.holds.get(body.hold)?.actionDigest &&
    by.action.outcome === body.outcome;
  return fits ? move(seen, body.hold, body.outcome) : "it settles a hold that nobody signed for";
}

function unknownKind(body: never): string {
  return `it is of an unknown kind (${typeof body})`;
}
