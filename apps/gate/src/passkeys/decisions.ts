/** Decisions: one approver, one hold, one verdict, signed with a passkey over exactly what was shown (invariants 3 and 4). */
import { randomBytes } from "node:crypto";
import { decisionChallenge, logHeadText, sheetChallenge } from "@nightgate/evidence/challenge";
import { type DecisionEvidence, findPasskey, sameSet, signedChallenge } from "@nightgate/evidence/decision";
import { approversAt, nextPolicy, type PolicyState, quorumAt } from "@nightgate/evidence/policy-chain";
import { digest, type VerdictDocument, verdictDocument } from "@nightgate/shared/actions";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import type { Approvals } from "../core/approval.ts";
import type { ClockCheck } from "../core/clock-check.ts";
import type { HoldsCore } from "../core/holds.ts";
import { LIMITS } from "../core/limits.ts";
import type { PoliciesCore } from "../core/policies.ts";
import type { CeremonyOptions, Decisions, Hold } from "../core/ports.ts";
import type { DispatchJournal, Faults, GateIdentity, HoldChange, Store, Unit } from "../core/store-ports.ts";
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
type DecideContext = z.infer<typeof decideContext>;
const sheetContext = z.object({ sheet: z.array(decideContext) });

export function createDecisions(deps: DecisionsDeps): Decisions {
  return {
    begin: async (person, organization, id, raw) => {
      const { challenge, context } = await prepare(deps, person, organization, { hold: id, verdict: raw });
      await deps.challenges.put({ purpose: "decide", challenge, person, context });
      return await optionsFor(deps, person, organization, challenge);
    },
    finish: async (person, organization, id, answer) => {
      const read = readAssertion(answer);
      const [taken, hold] = await asMember(
        deps,
        { person, organization },
        Promise.all([deps.challenges.take("decide", read.challenge), undecided(deps, organization, id)]),
      );
      const context = decideContext.safeParse(taken?.context);
      if (!taken || !context.success) throw new Problem("challenge.unusable", {});
      const decision = readDecision(taken, context.data, read, { person, organization, hold });
      return await decideAll(deps, [{ hold, decision }]).then(([decided]) => decided as Hold);
    },
    beginSheet: async (person, organization, asked) => {
      if (
        asked.length < 2 ||
        asked.length > LIMITS.sheetHoldsMax ||
        new Set(asked.map(({ hold }) => hold)).size < asked.length
      )
        throw new Problem("input.invalid", {
          why: `a sheet has 2 to ${LIMITS.sheetHoldsMax} holds, each once`,
        });
      const prepared: Prepared[] = [];
      for (const each of asked) prepared.push(await prepare(deps, person, organization, each));
      const challenge = sheetChallenge(prepared.map((each) => each.challenge));
      const context: z.infer<typeof sheetContext> = { sheet: prepared.map((each) => each.context) };
      await deps.challenges.put({ purpose: "decide", challenge, person, context });
      return await optionsFor(deps, person, organization, challenge);
    },
    finishSheet: async (person, organization, answer) => {
      const read = readAssertion(answer);
      const taken = await asMember(
        deps,
        { person, organization },
        deps.challenges.take("decide", read.challenge),
      );
      const context = sheetContext.safeParse(taken?.context);
      if (!taken || !context.success) throw new Problem("challenge.unusable", {});
      const { sheet } = context.data;
      const batch = sheet.map((each) =>
        decisionChallenge({ installation: deps.identity.installation, ...each }),
      );
      const deciding: Deciding[] = [];
      for (const [index, each] of sheet.entries()) {
        const hold = await decidable(deps, person, organization, each.hold);
        const alone = readDecision(taken, each, read, { person, organization, hold });
        deciding.push({ hold, decision: { ...alone, challenge: batch[index] ?? "", batch } });
      }
      return await decideAll(deps, deciding);
    },
  };
}

interface Prepared {
  challenge: string;
  context: DecideContext;
}

interface Deciding {
  hold: Hold;
  decision: DecisionEvidence;
}

/** The challenge over one hold and what is to be said of it. Throws the Problem of whatever forbids it. */
async function prepare(
  deps: DecisionsDeps,
  person: string,
  organization: string,
  asked: { hold: string; verdict: VerdictDocument },
): Promise<Prepared> {
  const hold = await decidable(deps, person, organization, asked.hold);
  const verdict = readVerdict(asked.verdict, hold);
  const state = await deps.policies.state(organization);
  if (!approversAt(state).some((approver) => approver.person === person))
    throw new Problem("decision.not-approver", {});
  if (verdict.verdict === "approve") refuseStale(state, hold);
  await deps.checkClock(organization);
  const context: DecideContext = {
    organization,
    hold: hold.id,
    actionDigest: hold.actionDigest,
    verdict,
    nonce: randomBytes(32).toString("base64url"),
    logHead: logHeadText(await deps.approvals.checkHold(hold)),
  };
  return { challenge: decisionChallenge({ installation: deps.identity.installation, ...context }), context };
}

/** For the passkeys that the policy names of this person. */
async function optionsFor(
  deps: DecisionsDeps,
  person: string,
  organization: string,
  challenge: string,
): Promise<CeremonyOptions> {
  const approvers = approversAt(await deps.policies.state(organization));
  const passkeys = approvers.find((approver) => approver.person === person)?.passkeys ?? [];
  const known = new Map(
    (await deps.people.passkeysOf(person)).map((passkey) => [passkey.credential, passkey.transports]),
  );
  return await assertionOptions(deps.identity, {
    challenge,
    credentials: passkeys.map(({ credential }) => ({ credential, transports: known.get(credential) ?? [] })),
  });
}

/** All of them or none: each is verified by itself, and they are written in one transaction. */
async function decideAll(deps: DecisionsDeps, deciding: readonly Deciding[]): Promise<Hold[]> {
  let counter = 0;
  for (const { hold, decision } of deciding) {
    counter = await verify(deps, hold, decision).catch(async (error: unknown) => {
      // Somebody else decided while this was looked at: that is what the person should hear.
      await decidable(deps, decision.person, hold.organization, hold.id);
      throw error;
    });
  }
  const [first] = deciding;
  if (first === undefined) return [];
  const quorum = quorumAt(await deps.policies.state(first.hold.organization));
  const decided = await deps.store.write(first.hold.organization, async (unit) => {
    const after: Hold[] = [];
    for (const { hold, decision } of deciding) after.push(await record(unit, hold, decision, quorum));
    return after;
  });
  deps.faults("after-decision");
  // What was approved goes on its way before anybody is told.
  for (const hold of decided) if (hold.state === "approved") deps.release(hold);
  for (const hold of decided) deps.holds.announce(hold);
  await deps.people.used(first.decision.credential, counter);
  return decided;
}

/** The hold, if this member may see it and it can still be decided. */
async function decidable(
  deps: DecisionsDeps,
  person: string,
  organization: string,
  id: string,
): Promise<Hold> {
  return await asMember(deps, { person, organization }, undecided(deps, organization, id));
}

async function undecided(deps: DecisionsDeps, organization: string, id: string): Promise<Hold> {
  const hold = await deps.holds.get(organization, id);
  if (deps.journal.find(organization, id)) throw new Problem("hold.dispatched", { hold: id });
  if (hold.state !== "pending") throw new Problem("hold.decided", { hold: id, state: hold.state });
  if (hold.expiresAt.getTime() <= deps.clock.now())
    throw new Problem("hold.decided", { hold: id, state: "expired" });
  return hold;
}

/** What was read beside asking whether this is a member. Whatever became of it, a stranger hears only that there is nothing. */
async function asMember<Read>(
  deps: DecisionsDeps,
  { person, organization }: { person: string; organization: string },
  reading: Promise<Read>,
): Promise<Read> {
  const [role, read] = await Promise.allSettled([deps.people.roleIn(person, organization), reading]);
  if (role.status === "rejected") throw role.reason;
  // Invariant 9: to somebody who is no member, the organization does not exist.
  if (role.value === null) throw new Problem("not-found", { what: "such hold" });
  if (read.status === "rejected") throw read.reason;
  return read.value;
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
  taken: TakenChallenge,
  context: DecideContext,
  read: ReadAssertion,
  asked: { person: string; organization: string; hold: Hold },
): DecisionEvidence {
  const { organization, hold, actionDigest, verdict, nonce, logHead } = context;
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
  const { userHandle } = decision.assertion;
  const [person, state, row] = await Promise.all([
    deps.people.person(decision.person),
    deps.policies.state(hold.organization),
    deps.people.passkey(decision.credential),
  ]);
  if (userHandle !== null && userHandle !== person?.handle)
    throw new Problem("passkey.refused", { why: "it names another person" });
  const passkey = findPasskey(approversAt(state), decision.person, decision.credential);
  if (!passkey) throw new Problem("decision.not-approver", {});
  // One that its person has removed is dead at once, also where a policy still names it.
  if (!row) throw new Problem("passkey.unknown", {});
  const { counter } = row;
  const next = await checkAssertion(deps.identity, decision.assertion, {
    challenge: signedChallenge(decision) ?? "",
    credential: passkey.credential,
    publicKey: passkey.publicKey,
    counter,
  });
  await Promise.all([deps.checkClock(hold.organization), deps.approvals.checkDecision(hold, decision)]);
  return next;
}

/** Decision, receipt and move in one transaction: of two who decide at the same time, one finds the hold pending. */
async function record(unit: Unit, hold: Hold, decision: DecisionEvidence, quorum: number): Promise<Hold> {
  const { verdict, person } = decision;
  const before = await unit.decidedBy(hold.id);
  if (verdict.verdict === "reject") return await reject(unit, hold, decision);
  // One person counts once, with however many passkeys.
  if (before.includes(person)) throw await decidedBefore(unit, hold);
  if (before.length + 1 < quorum) {
    const now = await unit.hold(hold.id);
    if (now?.state !== "pending") throw over(hold, now);
    await unit.insertDecision(hold.id, decision);
    unit.receipt({ kind: "hold.decided", hold: hold.id, ...decision, pending: true });
    return now;
  }
  const expiresAt = new Date(unit.now.getTime() + LIMITS.approvedMs);
  const change = { words: verdict.words, decidedBy: person, expiresAt };
  const after = await moved(unit, hold, { from: "pending", to: "approved" }, change);
  await unit.insertDecision(hold.id, decision);
  unit.receipt({ kind: "hold.decided", hold: hold.id, ...decision });
  return after;
}

/** What a person is told who has decided already, in another tab perhaps, a moment ago: that others are waited for, or that it is over. */
async function decidedBefore(unit: Unit, hold: Hold): Promise<Problem> {
  const now = await unit.hold(hold.id);
  return now?.state === "pending" ? new Problem("decision.given", { hold: hold.id }) : over(hold, now);
}

const over = (hold: Hold, now: Hold | null): Problem =>
  new Problem("hold.decided", { hold: hold.id, state: now?.state ?? "gone" });

/** One rejection ends it, whoever has approved before. */
async function reject(unit: Unit, hold: Hold, decision: DecisionEvidence): Promise<Hold> {
  if ((await unit.decidedBy(hold.id)).includes(decision.person)) throw await decidedBefore(unit, hold);
  const change = { words: decision.verdict.words, decidedBy: decision.person };
  const after = await moved(unit, hold, { from: "pending", to: "rejected" }, change);
  await unit.insertDecision(hold.id, decision);
  unit.receipt({ kind: "hold.decided", hold: hold.id, ...decision });
  await unit.dropSecrets(hold.id);
  return after;
}

async function moved(
  unit: Unit,
  hold: Hold,
  move: { from: "pending"; to: "approved" | "rejected" },
  change: HoldChange,
): Promise<Hold> {
  const done = await unit.moveHold(hold.id, move, change);
  const after = await unit.hold(hold.id);
  if (!done || !after) throw over(hold, after);
  return after;
}
