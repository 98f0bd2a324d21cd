import { parseLogHead } from "@nightgate/evidence/challenge";
/**
 * Proves from evidence that a hold is what it says and was approved (invariant 4): its digest anew, its opening receipt in the signed log,
 * the assertion over a challenge that is computed anew, the passkey in the policy that the disk pins. A row releases nothing.
 */
import { type DecisionEvidence, verifyDecision } from "@nightgate/evidence/decision";
import { actionDigest } from "@nightgate/evidence/digest";
import { whyNotGranted } from "@nightgate/evidence/grants";
import { jcsDigest } from "@nightgate/evidence/jcs";
import { approversAt, quorumAt } from "@nightgate/evidence/policy-chain";
import type { ReceiptBody } from "@nightgate/evidence/receipts";
import { Problem } from "@nightgate/shared/problems";
import { bodiesOf, stateInLog } from "./hold-in-log.ts";
import type { PoliciesCore } from "./policies.ts";
import type { Hold } from "./ports.ts";
import type { GateIdentity, GrantUses, LogReader, Store, VerifiedLog } from "./store-ports.ts";

export interface Approvals {
  /** Throws Problem approval.invalid unless the row is exactly what was opened; returns the proved log. */
  checkHold(hold: Hold): Promise<VerifiedLog>;
  /** Throws Problem approval.invalid unless `decision` is a valid one of `hold` under the policy of now. */
  checkDecision(hold: Hold, decision: DecisionEvidence): Promise<void>;
  /** Throws Problem approval.invalid unless a valid decision of the hold, by an approver of now, is in the log. */
  checkSigned(hold: Hold): Promise<void>;
  /** Everything before a release: a decision, or a grant that stands for one. Throws Problem approval.invalid. */
  checkApproved(hold: Hold): Promise<void>;
}

export interface ApprovalsDeps {
  identity: GateIdentity;
  policies: Pick<PoliciesCore, "state">;
  store: Pick<Store, "decisions" | "hold">;
  uses: Pick<GrantUses, "uses" | "isRevoked">;
  log: Pick<LogReader, "verified" | "ofHold">;
}

/** The log as a whole, and the receipts of one hold, which say what its row says. */
interface Proved {
  verified: VerifiedLog;
  bodies: ReceiptBody[];
}

export function createApprovals({ identity, policies, store, uses, log }: ApprovalsDeps): Approvals {
  const proveHold = async (hold: Hold): Promise<Proved> => {
    const [verified, entries] = await Promise.all([
      log.verified(hold.organization),
      log.ofHold(hold.organization, hold.id),
    ]);
    const bodies = bodiesOf(entries);
    const opened = bodies.find((body) => body.kind === "hold.opened");
    if (!opened) return refuse(hold, "the log does not have its beginning");
    const same =
      actionDigest(hold.action) === hold.actionDigest &&
      opened.actionDigest === hold.actionDigest &&
      actionDigest(opened.action) === hold.actionDigest;
    if (!same) refuse(hold, "its action was changed after it was held");
    if (jcsDigest(hold.card) !== jcsDigest(opened.card))
      refuse(hold, "what was shown of it was changed after it was held");
    if ((opened.after ?? null) !== hold.after) refuse(hold, "what it follows was changed after it was held");
    const state = stateInLog(bodies);
    if (state !== hold.state)
      refuse(hold, `its row says ${hold.state}, and the log says ${state ?? "nothing"}`);
    if (hold.action.organization !== hold.organization) refuse(hold, "its action is of another organization");
    return { verified, bodies };
  };
  const check = async (hold: Hold, decision: DecisionEvidence, verified: VerifiedLog): Promise<void> => {
    const state = await policies.state(hold.organization);
    // Before there is a policy, its founder decides one thing: the founding policy itself.
    if (state.version === 0 && hold.action.kind !== "policy.change")
      refuse(hold, "the organization has no policy yet");
    const head = parseLogHead(decision.logHead);
    if (!head || verified.rootAt(head.size) !== head.root) refuse(hold, "its approval cosigned another log");
    const { installation, origins, rpId } = identity;
    const undrawn = hold.card.undrawn.map((entry) => entry.digest);
    const subject = {
      installation,
      origins,
      rpId,
      organization: hold.organization,
      hold: hold.id,
      actionDigest: hold.actionDigest,
      undrawn,
      approvers: approversAt(state),
    };
    const why = verifyDecision(decision, subject);
    if (why) refuse(hold, `its decision does not hold: ${why}`);
  };
  return {
    checkHold: async (hold) => (await proveHold(hold)).verified,
    checkDecision: async (hold, decision) => await check(hold, decision, (await proveHold(hold)).verified),
    checkSigned: async (hold) => await checkSigned(hold, await proveHold(hold)),
    checkApproved: async (hold) => {
      const proved = await proveHold(hold);
      const granted = proved.bodies.find(({ kind }) => kind === "hold.granted");
      if (granted?.kind === "hold.granted") return await checkGranted(hold, granted);
      await checkSigned(hold, proved);
    },
  };

  async function checkSigned(hold: Hold, { verified, bodies }: Proved): Promise<void> {
    const decisions = await store.decisions(hold.organization, hold.id);
    if (decisions.length === 0) return refuse(hold, "nobody signed for it");
    for (const decision of decisions) {
      if (decision.verdict.verdict !== "approve") refuse(hold, "it was rejected");
      await check(hold, decision, verified);
      if (!bodies.some((body) => body.kind === "hold.decided" && body.challenge === decision.challenge))
        refuse(hold, "its approval is not in the log");
    }
    const quorum = quorumAt(await policies.state(hold.organization));
    const persons = new Set(decisions.map(({ person }) => person)).size;
    if (persons < quorum) refuse(hold, `the policy asks for ${quorum} approvers, and ${persons} signed`);
  }

  /** Invariant 4: the grant is proved as if it were released now, and the disk knows of this very use. */
  async function checkGranted(
    hold: Hold,
    body: Extract<ReceiptBody, { kind: "hold.granted" }>,
  ): Promise<void> {
    const grant = await store.hold(hold.organization, body.grant);
    if (grant?.action.kind !== "grant.open" || grant.state !== "released")
      return refuse(hold, "its grant was never opened");
    await checkSigned(grant, await proveHold(grant));
    const why = whyNotGranted(grant.action, { ...hold, at: new Date(body.at) });
    if (why) refuse(hold, `its grant does not cover it: ${why}`);
    if (uses.isRevoked(hold.organization, grant.id)) refuse(hold, "its grant was revoked");
    const used = uses.uses(hold.organization, grant.id);
    if (used.indexOf(hold.id) + 1 !== body.use || body.use > grant.action.count)
      refuse(hold, "the gate's disk does not know of this use of its grant");
  }
}

function refuse(hold: Hold, why: string): never {
  throw new Problem("approval.invalid", { hold: hold.id, why });
}
