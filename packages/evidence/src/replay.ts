/** Replays receipts in order: what each one claims must follow from the ones before it. Used over an export, and by the gate over its own log. */
import type { Action } from "@nightgate/shared/actions";
import { HOLD_MOVES, type HoldState } from "@nightgate/shared/hold-states";
import { parseLogHead } from "./challenge.ts";
import { verifyDecision } from "./decision.ts";
import { actionDigest } from "./digest.ts";
import { jcsDigest } from "./jcs.ts";
import { approversAt, nextPolicy, type PolicyState } from "./policy-chain.ts";
import type { DecidedBody, ReceiptBody } from "./receipts.ts";

export interface ReplayContext {
  installation: string;
  organization: string;
  origin: string;
  rpId: string;
  /** The root over the first `size` leaves, or null where the log is not that long yet. */
  rootAt(size: number): string | null;
}

interface SeenHold {
  state: HoldState;
  action: Action;
  actionDigest: string;
  undrawn: readonly string[];
}

type Body<Kind extends ReceiptBody["kind"]> = Extract<ReceiptBody, { kind: Kind }>;

/** Feed it bodies in order: each answer is null, or what is wrong with that entry. */
export function createReplay(context: ReplayContext): {
  next(body: ReceiptBody): string | null;
  erased(hold: string | null): string | null;
  policy(): PolicyState | null;
} {
  const holds = new Map<string, SeenHold>();
  const erased = new Set<string>();
  let policy: PolicyState | null = null;

  const move = (id: string, to: HoldState): string | null => {
    const hold = holds.get(id);
    if (!hold) return `it speaks of ${id}, which was never opened`;
    if (!(HOLD_MOVES[hold.state] as readonly string[]).includes(to))
      return `${id} cannot go from ${hold.state} to ${to}`;
    hold.state = to;
    return null;
  };

  const open = (body: Body<"hold.opened">): string | null => {
    if (holds.has(body.hold)) return `${body.hold} is opened twice`;
    if (actionDigest(body.action) !== body.actionDigest) return "its digest is not the one of its action";
    if (body.action.organization !== context.organization) return "its action is of another organization";
    holds.set(body.hold, {
      state: "pending",
      action: body.action,
      actionDigest: body.actionDigest,
      undrawn: body.card.undrawn.map((entry) => entry.digest),
    });
    return null;
  };

  const decide = (body: DecidedBody): string | null => {
    const hold = holds.get(body.hold);
    if (!hold || !policy) return `it decides ${body.hold}, which cannot be decided yet`;
    const head = parseLogHead(body.logHead);
    // Every decision cosigns the log so far: a log that was rewritten later does not fit the heads inside its decisions.
    if (!head || context.rootAt(head.size) !== head.root) return "it cosigns another log than this one";
    const { installation, organization, origin, rpId } = context;
    const subject = {
      installation,
      organization,
      origin,
      rpId,
      hold: body.hold,
      actionDigest: hold.actionDigest,
      undrawn: hold.undrawn,
      approvers: approversAt(policy),
    };
    return (
      verifyDecision(body, subject) ??
      move(body.hold, body.verdict.verdict === "approve" ? "approved" : "rejected")
    );
  };

  const applyPolicy = (body: Body<"policy.applied">): string | null => {
    const hold = holds.get(body.hold);
    if (!hold || hold.state !== "releasing" || !policy) return "it applies a policy that nobody approved";
    const next = nextPolicy(policy, hold.action);
    if (!("document" in next)) return "refused" in next ? next.refused : "its action changes no policy";
    if (next.document.version !== body.version || jcsDigest(next.document) !== body.document)
      return "it applies another policy than the one that was approved";
    policy = { version: body.version, document: next.document };
    return null;
  };

  const settle = (body: Body<"hold.settled">): string | null => {
    const by = holds.get(body.by);
    const fits =
      by?.action.kind === "hold.settle" &&
      by.state === "releasing" &&
      by.action.hold === body.hold &&
      by.action.outcome === body.outcome;
    return fits ? move(body.hold, body.outcome) : "it settles a hold that nobody signed for";
  };

  const found = (body: Body<"organization.founded">): string | null => {
    if (policy || body.organization !== context.organization)
      return "an organization is founded once, by the first entry of its log";
    policy = { version: 0, founder: body.founder };
    return null;
  };

  const start = (body: Body<"release.started">): string | null =>
    holds.get(body.hold)?.actionDigest === body.actionDigest
      ? move(body.hold, "releasing")
      : "it releases another action than the one that was held";

  return {
    policy: () => policy,
    erased: (hold) => {
      if (hold) erased.add(hold);
      return null;
    },
    next: (body) => {
      if ("hold" in body && erased.has(body.hold)) return null;
      switch (body.kind) {
        case "organization.founded":
          return found(body);
        case "hold.opened":
          return open(body);
        case "hold.decided":
          return decide(body);
        case "hold.moved":
          return holds.get(body.hold)?.state === body.from
            ? move(body.hold, body.to)
            : `${body.hold} was not ${body.from}`;
        case "release.started":
          return start(body);
        case "release.ended":
          return move(body.hold, body.outcome.state);
        case "hold.settled":
          return settle(body);
        case "policy.applied":
          return applyPolicy(body);
        case "secret.applied":
          return holds.get(body.hold)?.state === "releasing"
            ? null
            : "it applies a secret that nobody approved";
        case "refused":
          return null;
        default:
          return unknownKind(body);
      }
    },
  };
}

function unknownKind(body: never): string {
  return `it is of an unknown kind (${typeof body})`;
}
