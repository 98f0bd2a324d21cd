/** Decisions: one approver, one hold, one verdict, signed with a passkey over exactly what was shown (invariants 3 and 4). */
import { randomBytes } from "node:crypto";
import { decisionChallenge, logHeadText } from "@nightgate/evidence/challenge";
import { type DecisionEvidence, findPasskey, sameSet } from "@nightgate/evidence/decision";
import { approversAt, nextPolicy, type PolicyState } from "@nightgate/evidence/policy-chain";
import { digest, type VerdictDocument, verdictDocument } from "@nightgate/shared/actions";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import type { Approvals } from "../core/approval.ts";
import type { ClockCheck } from "../core/clock-check.ts";
import type { HoldsCore } from "../core/holds.ts";
import { LIMITS } from "../core/limits.ts";
import type { PoliciesCore } from "../core/policies.ts";
import type { Decisions, Hold } from "../core/ports.ts";
import type { DispatchJournal, Faults, GateIdentity, Store } from "../core/store-ports.ts";
import type { Challenges, TakenChallenge } from "../store/challenges.ts";
import type { People } from "../store/people.ts";
import { assertionOptions, checkAssertion, readAssertion, type ReadAssertion } from "./webauthn.ts";

export interface DecisionsDeps {
  identity: GateIdentity;
  holds: Pick<HoldsCore, "get" | "announce">;
  store: Pick<Store, "write">;
  journal: Pick<DispatchJournal, "find">;
  policies: Pick<PoliciesCore, "state">;
  approvals: Pick<Approvals, "checkHold" | "checkDecision">;
  challenges: Challenges;
  people: People;
  clock: Clock;
  checkClock: ClockCheck;
  faults: Faults;
  /** Starts the release of an approved hold. */
  release(hold: Hold): void;
}

const decideContext = z.object({
  organization: z.string(),
  hold: z.string(),
  actionDigest: digest,
  verdict: verdictDocument,
  nonce: z.string(),
  logHead: z.string(),
});

export function createDecisions(deps: DecisionsDeps): Decisions {
  return {
    begin: async (person, organization, id, raw) => {
      const hold = await decidable(deps, person, organization, id);
      const verdict = readVerdict(raw, hold);
      const state = await deps.policies.state(organization);
      const passkeys = approversAt(state).find((approver) => approver.person === person)?.passkeys;
      if (!passkeys) throw new Problem("decision.not-approver", {});
      if (verdict.verdict === "approve") refuseStale(state, hold);
      await deps.checkClock(organization);
      const logHead = logHeadText(await deps.approvals.checkHold(hold));
      const nonce = randomBytes(32).toString("base64url");
      const challenge = decisionChallenge({
        installation: deps.identity.installation,
        organization,
        logHead,
        hold: id,
        actionDigest: hold.actionDigest,
        verdict,
        nonce,
      });
      const context: z.infer<typeof decideContext> = {
        organization,
        hold: id,
        actionDigest: hold.actionDigest,
        verdict,
        nonce,
        logHead,
      };
      await deps.challenges.put({ purpose: "decide", challenge, person, context });
      const known = new Map(
        (await deps.people.passkeysOf(person)).map((passkey) => [passkey.credential, passkey.transports]),
      );
      return await assertionOptions(deps.identity, {
        challenge,
        credentials: passkeys.map(({ credential }) => ({
          credential,
          transports: known.get(credential) ?? [],
        })),
      });
    },
    finish: async (person, organization, id, answer) => {
      const read = readAssertion(answer);
      await refuseStranger(deps, person, organization);
      const taken = await deps.challenges.take("decide", read.challenge);
      const hold = await decidable(deps, person, organization, id);
      const decision = readDecision(taken, read, { person, organization, hold });
      const counter = await verify(deps, hold, decision).catch(async (error: unknown) => {
        // Somebody else decided while this was looked at: that is what the person should hear.
        await decidable(deps, person, organization, id);
        throw error;
      });
      const decided = await record(deps, hold, decision);
      deps.faults("after-decision");
      await deps.people.used(decision.credential, counter);
      deps.holds.announce(decided);
      if (decided.state === "approved") deps.release(decided);
      return decided;
    },
  };
}

/** The hold, if this member may see it and it can still be decided. */
async function decidable(
  deps: DecisionsDeps,
  person: string,
  organization: string,
  id: string,
): Promise<Hold> {
  await refuseStranger(deps, person, organization);
  const hold = await deps.holds.get(organization, id);
  if (deps.journal.find(organization, id)) throw new Problem("hold.dispatched", { hold: id });
  if (hold.state !== "pending") throw new Problem("hold.decided", { hold: id, state: hold.state });
  if (hold.expiresAt.getTime() <= deps.clock.now())
    throw new Problem("hold.decided", { hold: id, state: "expired" });
  return hold;
}

async function refuseStranger(deps: DecisionsDeps, person: string, organization: string): Promise<void> {
  // Invariant 9: to somebody who is no member, the organization does not exist.
  if ((await deps.people.roleIn(person, organization)) === null)
    throw new Problem("not-found", { what: "such hold" });
}

function readVerdict(raw: VerdictDocument, hold: Hold): VerdictDocument {
  const parsed = verdictDocument.safeParse(raw);
  if (!parsed.success) throw new Problem("input.invalid", { why: "the verdict is not one" });
  const verdict = parsed.data;
  if (verdict.verdict === "reject" && verdict.words.trim() === "")
    throw new Problem("decision.words-missing", {});
  const undrawn = hold.card.undrawn.map((entry) => entry.digest);
  // Invariant 3: what cannot be drawn must be ticked, all of it and nothing else, and the ticks are signed.
  if (verdict.verdict === "approve" && !sameSet(verdict.ticked, undrawn))
    throw new Problem("decision.ticks-differ", {});
  return verdict;
}

function refuseStale(state: PolicyState, hold: Hold): void {
  if ("refused" in nextPolicy(state, hold.action)) throw new Problem("policy.moved", { now: state.version });
}

function readDecision(
  taken: TakenChallenge | null,
  read: ReadAssertion,
  asked: { person: string; organization: string; hold: Hold },
): DecisionEvidence {
  const context = decideContext.safeParse(taken?.context);
  if (!taken || !context.success) throw new Problem("challenge.unusable", {});
  const { organization, hold, actionDigest, verdict, nonce, logHead } = context.data;
  const fits =
    taken.person === asked.person &&
    organization === asked.organization &&
    hold === asked.hold.id &&
    actionDigest === asked.hold.actionDigest;
  if (!fits) throw new Problem("challenge.unusable", {});
  return {
    person: asked.person,
    credential: read.kept.credential,
    verdict,
    nonce,
    logHead,
    challenge: read.challenge,
    assertion: read.kept,
  };
}

/** Everything anew: the key comes from the signed policy, the challenge is computed again, the log is read again. Returns the authenticator's counter. */
async function verify(deps: DecisionsDeps, hold: Hold, decision: DecisionEvidence): Promise<number> {
  const person = await deps.people.person(decision.person);
  const { userHandle } = decision.assertion;
  if (userHandle !== null && userHandle !== person?.handle)
    throw new Problem("passkey.refused", { why: "it names another person" });
  const passkey = findPasskey(
    approversAt(await deps.policies.state(hold.organization)),
    decision.person,
    decision.credential,
  );
  if (!passkey) throw new Problem("decision.not-approver", {});
  const row = await deps.people.passkey(decision.credential);
  // One that its person has removed is dead at once, also where a policy still names it.
  if (!row) throw new Problem("passkey.unknown", {});
  const { counter } = row;
  const next = await checkAssertion(deps.identity, decision.assertion, {
    challenge: decision.challenge,
    credential: passkey.credential,
    publicKey: passkey.publicKey,
    counter,
  });
  await deps.checkClock(hold.organization);
  await deps.approvals.checkDecision(hold, decision);
  return next;
}

/** Decision, receipt and move in one transaction: of two who decide at the same time, one finds the hold pending. */
async function record(deps: DecisionsDeps, hold: Hold, decision: DecisionEvidence): Promise<Hold> {
  return await deps.store.write(hold.organization, async (unit) => {
    const { verdict, person } = decision;
    const approves = verdict.verdict === "approve";
    const change = {
      words: verdict.words,
      decidedBy: person,
      ...(approves ? { expiresAt: new Date(unit.now.getTime() + LIMITS.approvedMs) } : {}),
    };
    const moved = await unit.moveHold(
      hold.id,
      approves ? { from: "pending", to: "approved" } : { from: "pending", to: "rejected" },
      change,
    );
    const after = await unit.hold(hold.id);
    if (!moved || !after) throw new Problem("hold.decided", { hold: hold.id, state: after?.state ?? "gone" });
    await unit.insertDecision(hold.id, decision);
    unit.receipt({ kind: "hold.decided", hold: hold.id, ...decision });
    if (!approves) await unit.dropSecrets(hold.id);
    return after;
  });
}
