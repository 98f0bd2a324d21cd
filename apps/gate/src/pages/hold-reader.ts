import type { PolicyDocument } from "@nightgate/shared/policy";
/** Gathers everything that the page of one hold shows: the gate's own store and nothing that a link, web or an agent says about it (attack W2). */
import { Problem } from "@nightgate/shared/problems";
import { bodiesOf } from "../core/hold-in-log.ts";
import type { Hold, ReceiptRow, SignedIn } from "../core/ports.ts";
import type { PagesDeps } from "./deps.ts";
import { PAGE_LIMITS } from "./limits.ts";
import { describeChange, isRehearsal } from "./policy-difference.ts";
import { presentPush } from "./present.ts";
import type { HoldDetail, PushWire } from "./wire.ts";

/** The hold, from whichever of the person's organizations has it; one of somebody else's answers as one that does not exist (invariant 9). */
export async function findHold(deps: Pick<PagesDeps, "holds">, who: SignedIn, id: string): Promise<Hold> {
  let last: Problem | null = null;
  for (const organization of who.organizations) {
    try {
      return await deps.holds.get(organization.id, id);
    } catch (error) {
      if (!(error instanceof Problem) || error.http !== 404) throw error;
      last = error;
    }
  }
  throw last ?? new Problem("not-found", { what: "hold" });
}

export async function readHold(deps: PagesDeps, who: SignedIn, id: string): Promise<HoldDetail> {
  const hold = await findHold(deps, who, id);
  const organization = who.organizations.find((each) => each.id === hold.organization);
  const [policy, workstations, receipts, successor, after, followers] = await Promise.all([
    currentPolicy(deps, hold.organization),
    deps.workstations.list(hold.organization),
    deps.receipts.ofHold(hold.organization, hold.id),
    lastSuccessor(deps, hold),
    followed(deps, hold),
    followersOf(deps, hold),
  ]);
  const personName = (person: string): string =>
    policy?.approvers.find((each) => each.person === person)?.name ??
    (person === who.person ? who.name : person);
  const workstationName = (workstation: string): string =>
    workstations.find((each) => each.id === workstation)?.name ?? workstation;
  const resource = policy?.resources.find((each) => each.id === hold.resource);
  return {
    id: hold.id,
    organization: hold.organization,
    organizationName: organization?.name ?? "",
    state: hold.state,
    action: hold.action,
    actionDigest: hold.actionDigest,
    card: hold.card,
    agentWords: hold.agentWords,
    workstation: named(hold.workstation, workstationName),
    run: hold.run,
    rehearsal: resource !== undefined && isRehearsal(resource),
    supersedes: hold.supersedes,
    successor,
    approvals: approvalsOf(hold, receipts, who.person, { quorum: policy?.quorum ?? 1, personName }),
    after,
    followers,
    words: hold.words,
    decidedBy: named(hold.decidedBy, personName)?.name ?? null,
    outcome: hold.outcome && { state: hold.outcome.state, words: hold.outcome.words },
    createdAt: hold.createdAt.toISOString(),
    expiresAt: hold.expiresAt.toISOString(),
    decidedAt: instant(hold.decidedAt),
    endedAt: instant(hold.endedAt),
    push: await readPush(deps, hold),
    changes: describeChange(hold.action, policy, {
      workstation: workstationName,
      resource: (at) => policy?.resources.find((each) => each.id === at)?.name ?? at,
      person: personName,
    }),
    receipts: receipts.map((row) => ({
      index: row.index,
      kind: row.kind,
      createdAt: row.createdAt.toISOString(),
    })),
  };
}

function instant(at: Date | null): string | null {
  return at === null ? null : at.toISOString();
}

function named(id: string | null, nameOf: (id: string) => string): { id: string; name: string } | null {
  return id === null ? null : { id, name: nameOf(id) };
}

/** The policy in force, or null while the organization is being founded and has none. */
async function currentPolicy(deps: PagesDeps, organization: string): Promise<PolicyDocument | null> {
  try {
    return await deps.policies.current(organization);
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}

async function readPush(deps: PagesDeps, hold: Hold): Promise<PushWire | null> {
  if (hold.action.kind !== "git.push") return null;
  // Objects of a push that is over may be gone; what was decided is in the card and the receipts.
  const view = await deps.pushViews.view(hold).catch((error: unknown) => {
    if (hold.endedAt !== null && error instanceof Problem) return null;
    throw error;
  });
  return view === null ? null : presentPush(view, await commitsOf(deps, hold));
}

async function commitsOf(deps: PagesDeps, hold: Hold): Promise<ReadonlySet<string>> {
  if (hold.supersedes === null) return new Set();
  try {
    const before = await deps.pushViews.view(await deps.holds.get(hold.organization, hold.supersedes));
    return new Set(before.commits.map((commit) => commit.id));
  } catch (error) {
    // "New since the hold before" is a help and no evidence: without it the page shows everything unmarked.
    if (error instanceof Problem) return new Set();
    throw error;
  }
}

async function lastSuccessor(deps: Pick<PagesDeps, "holds">, hold: Hold): Promise<string | null> {
  let next = hold.supersededBy;
  for (let step = 0; next !== null && step < PAGE_LIMITS.successorStepsMax; step += 1) {
    const after: Hold = await deps.holds.get(hold.organization, next);
    if (after.supersededBy === null) return after.id;
    next = after.supersededBy;
  }
  return next;
}

/** What the hold follows, at the end of the chain of those that took its place. */
async function followed(deps: Pick<PagesDeps, "holds">, hold: Hold): Promise<HoldDetail["after"]> {
  if (hold.after === null) return null;
  const first = await deps.holds.get(hold.organization, hold.after);
  const last = await lastSuccessor(deps, first);
  const now = last === null ? first : await deps.holds.get(hold.organization, last);
  return { id: now.id, state: now.state, title: now.card.title };
}

/** Those that wait for this one, or for one that it took the place of. */
async function followersOf(deps: Pick<PagesDeps, "holds">, hold: Hold): Promise<HoldDetail["followers"]> {
  if (hold.state !== "pending" || hold.workstation === null) return [];
  const pending = await deps.holds.list(hold.organization, {
    states: ["pending"],
    workstation: hold.workstation,
    kind: "http.request",
  });
  const found: HoldDetail["followers"] = [];
  for (const each of pending)
    if ((await followed(deps, each))?.id === hold.id) found.push({ id: each.id, title: each.card.title });
  return found;
}

/** Of a pending hold: who has signed for it, by its receipts. */
function approvalsOf(
  hold: Hold,
  receipts: readonly ReceiptRow[],
  reader: string,
  { quorum, personName }: { quorum: number; personName(person: string): string },
): HoldDetail["approvals"] {
  const signed = bodiesOf(receipts).flatMap((body) =>
    hold.state === "pending" && body.kind === "hold.decided" ? [body] : [],
  );
  return {
    needed: quorum,
    by: signed.map(({ person, at }) => ({ name: personName(person), at })),
    you: signed.some(({ person }) => person === reader),
  };
}
