/**
 * Releases: approved -> releasing -> released | failed | unknown. Each hold is proved from evidence again, journalled on disk before its first byte,
 * and sent at most once; what a crash left open is settled first (invariants 4, 5 and 6).
 */
import type { Clock } from "@nightgate/shared/clock";
import type { Resource } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import type { Approvals } from "./approval.ts";
import { asInLog, type AsInLogDeps } from "./as-in-log.ts";
import type { ClockCheck } from "./clock-check.ts";
import { turnOf } from "./followers.ts";
import { LIMITS } from "./limits.ts";
import type { PoliciesCore } from "./policies.ts";
import type { ActionHandler, Hold, Outcome, ReleaseContext, Vault } from "./ports.ts";
import type { DispatchJournal, Faults, JournalledDispatch, Store } from "./store-ports.ts";
import { createTurns } from "./turns.ts";

export interface ReleasesDeps extends AsInLogDeps {
  store: Pick<Store, "write" | "hold" | "inStates">;
  journal: DispatchJournal;
  approvals: Approvals;
  policies: Pick<PoliciesCore, "state">;
  vault: Vault;
  handlers: readonly ActionHandler[];
  clock: Clock;
  checkClock: ClockCheck;
  faults: Faults;
  organizations(): string[];
}

export interface Releases {
  /** Starts the release of an approved hold in the background. */
  enqueue(hold: Hold): void;
  /** Finds what earlier processes left approved or releasing, and goes on with it. */
  recover(): Promise<void>;
  /** Resolves when nothing is being released; new ones are not started. */
  stop(): Promise<void>;
}

export function createReleases(deps: ReleasesDeps): Releases {
  const stopping = new AbortController();
  const { signal } = stopping;
  const turns = createTurns(LIMITS.releasesAtOnceMax);
  const inHand = new Map<string, Promise<void>>();
  const untilDone = async (hold: Hold): Promise<void> => {
    let pauseMs: number = LIMITS.retryMsMin;
    // Trying again is safe: what was journalled is never sent again. The turn is given back meanwhile, so that nobody waits for a hold that cannot go on.
    while (!signal.aborted && !(await tryOnce(deps, turns, hold, signal))) {
      await deps.clock.wait(pauseMs, signal).catch((stopped: unknown) => stopped);
      pauseMs = Math.min(pauseMs * 2, LIMITS.retryMsMax);
    }
  };
  const start = (hold: Hold): void => {
    const key = `${hold.organization} ${hold.id}`;
    if (inHand.has(key) || signal.aborted) return;
    inHand.set(
      key,
      untilDone(hold).finally(() => inHand.delete(key)),
    );
  };
  return {
    enqueue: start,
    recover: async () => {
      for (const organization of deps.organizations())
        for (const hold of await deps.store.inStates(organization, ["releasing", "approved"])) start(hold);
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(inHand.values());
    },
  };
}

/** True when there is nothing left to do. Pushes to one repository go one after the other, in the order in which they were approved. */
async function tryOnce(
  deps: ReleasesDeps,
  turns: ReturnType<typeof createTurns>,
  hold: Hold,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await turns(
      `${hold.organization} ${hold.resource ?? hold.action.kind}`,
      async () => await advance(deps, hold, signal),
    );
    return true;
  } catch (error) {
    deps.log.error({ hold: hold.id, error }, "a release could not go on; trying again");
    return false;
  }
}

async function advance(deps: ReleasesDeps, asked: Hold, signal: AbortSignal): Promise<void> {
  const hold = await asInLog(deps, asked);
  if (!hold) return;
  if (hold.state === "approved") return await releaseApproved(deps, hold, signal);
  if (hold.state === "releasing") return await settleStarted(deps, hold, signal);
}

async function releaseApproved(deps: ReleasesDeps, hold: Hold, signal: AbortSignal): Promise<void> {
  // Invariant 6: the journal outranks the row. It was sent, so it is settled, never sent.
  const journalled = deps.journal.find(hold.organization, hold.id);
  if (journalled)
    deps.log.warn({ hold: hold.id }, "a hold that the journal knows as sent was approved in its row");
  if (!journalled && !(await isDue(deps, hold))) return;
  try {
    await Promise.all([deps.checkClock(hold.organization), deps.approvals.checkApproved(hold)]);
  } catch (error) {
    if (error instanceof Problem && error.code === "approval.invalid") return await refuse(deps, hold, error);
    throw error;
  }
  const releasing = await deps.store.write(hold.organization, async (unit) => {
    if (!(await unit.moveHold(hold.id, { from: "approved", to: "releasing" }, {}))) return null;
    unit.receipt({ kind: "release.started", hold: hold.id, actionDigest: hold.actionDigest });
    return { ...hold, state: "releasing" } satisfies Hold;
  });
  if (!releasing) return;
  deps.announce(releasing);
  if (journalled) return await settleStarted(deps, releasing, signal);
  await end(deps, releasing, await dispatch(deps, releasing, signal));
}

/** False when its time is over or its turn has not come. One that waits stays approved: it is looked at again when the one before it has moved. */
async function isDue(deps: ReleasesDeps, hold: Hold): Promise<boolean> {
  if (hold.expiresAt.getTime() <= deps.clock.now()) {
    await expireApproved(deps, hold);
    return false;
  }
  const turn = await turnOf(deps.store, hold);
  if (turn.turn === "never") await withdrawApproved(deps, hold, "withdrawn", turn.words);
  return turn.turn === "clear";
}

async function dispatch(deps: ReleasesDeps, hold: Hold, signal: AbortSignal): Promise<Outcome | null> {
  try {
    const outcome = await handlerOf(deps, hold).release(hold.action, {
      ...(await contextOf(deps, hold, signal)),
      dispatching: async (marker) => {
        deps.faults("before-dispatch");
        deps.journal.dispatched({
          at: isoNow(deps),
          organization: hold.organization,
          hold: hold.id,
          actionDigest: hold.actionDigest,
          marker,
        });
        deps.faults("after-dispatch-journal");
      },
    });
    deps.faults("after-release-before-row");
    return outcome;
  } catch (error) {
    // Stopped in mid-release: the next start settles it, from the journal.
    if (signal.aborted) return null;
    const journalled = deps.journal.find(hold.organization, hold.id);
    // Nothing has left, and nothing is wrong with what was approved: it goes on when there is room.
    if (!journalled && error instanceof Problem && error.code === "disk.full") throw error;
    if (!journalled) return { state: "failed", words: sentence(error, "Nothing was sent"), evidence: {} };
    deps.log.error({ hold: hold.id, error }, "a release ended in an error after it was sent; finding out");
    return await findOut(deps, hold, journalled, signal);
  }
}

async function settleStarted(deps: ReleasesDeps, hold: Hold, signal: AbortSignal): Promise<void> {
  const journalled = deps.journal.find(hold.organization, hold.id);
  if (journalled?.outcome) return await end(deps, hold, journalled.outcome);
  if (!journalled) return await dispatchLate(deps, hold, signal);
  await end(deps, hold, await findOut(deps, hold, journalled, signal));
}

/** Stopped between the row and the journal: nothing had left, so this is the first time, with everything proved anew. */
async function dispatchLate(deps: ReleasesDeps, hold: Hold, signal: AbortSignal): Promise<void> {
  try {
    await deps.approvals.checkApproved(hold);
  } catch (error) {
    if (error instanceof Problem && error.code === "approval.invalid")
      return await end(deps, hold, { state: "failed", words: error.message, evidence: {} });
    throw error;
  }
  await end(deps, hold, await dispatch(deps, hold, signal));
}

async function findOut(
  deps: ReleasesDeps,
  hold: Hold,
  journalled: JournalledDispatch | null,
  signal: AbortSignal,
): Promise<Outcome | null> {
  // Invariant 6: cli/after-restore.ts has journalled it. Between the backup and now it was sent or not, and the upstream may have moved on since.
  if (journalled && "restoredFrom" in journalled.marker)
    return {
      state: "unknown",
      words:
        "It was approved when the backup was made that this installation was restored from. Whether it was sent after that, nobody here knows. Look at the upstream, then settle it.",
      evidence: { restoredFrom: journalled.marker["restoredFrom"] },
    };
  try {
    const context = await contextOf(deps, hold, signal);
    return await handlerOf(deps, hold).settle(hold.action, context, journalled?.marker ?? null);
  } catch (error) {
    if (signal.aborted) return null;
    deps.log.error({ hold: hold.id, error }, "how a release ended could not be found out");
    if (!journalled)
      return { state: "failed", words: "The gate was stopped before anything was sent.", evidence: {} };
    return {
      state: "unknown",
      words: `It was started, and how it ended could not be found out. ${sentence(error, "Look at the upstream, then settle it")}`,
      evidence: {},
    };
  }
}

async function end(deps: ReleasesDeps, hold: Hold, outcome: Outcome | null): Promise<void> {
  if (!outcome) return;
  const { organization, id } = hold;
  const known = deps.journal.find(organization, id);
  if (known && !known.outcome) deps.journal.ended({ at: isoNow(deps), organization, hold: id, outcome });
  const ended = await deps.store.write(organization, async (unit) => {
    if (
      !(await unit.moveHold(id, { from: "releasing", to: outcome.state }, { words: outcome.words, outcome }))
    )
      return null;
    unit.receipt({ kind: "release.ended", hold: id, outcome });
    if (outcome.state === "failed") await unit.dropSecrets(id);
    return await unit.hold(id);
  });
  if (ended) deps.announce(ended);
}

async function refuse(deps: ReleasesDeps, hold: Hold, problem: Problem): Promise<void> {
  // Invariant 4: a row that claims an approval which the evidence does not show releases nothing, and says so loudly.
  deps.log.error(
    { hold: hold.id, why: problem.message },
    "a hold was marked as approved without a valid approval",
  );
  await withdrawApproved(deps, hold, "withdrawn", problem.message);
}

async function expireApproved(deps: ReleasesDeps, hold: Hold): Promise<void> {
  await withdrawApproved(
    deps,
    hold,
    "expired",
    "It was approved, but could not be released in time. Nothing was sent.",
  );
}

async function withdrawApproved(
  deps: ReleasesDeps,
  hold: Hold,
  to: "withdrawn" | "expired",
  words: string,
): Promise<void> {
  const moved = await deps.store.write(hold.organization, async (unit) => {
    if (!(await unit.moveHold(hold.id, { from: "approved", to }, { words }))) return null;
    unit.receipt({ kind: "hold.moved", hold: hold.id, from: "approved", to, words });
    await unit.dropSecrets(hold.id);
    return await unit.hold(hold.id);
  });
  if (moved) deps.announce(moved);
}

async function contextOf(
  deps: ReleasesDeps,
  hold: Hold,
  signal: AbortSignal,
): Promise<Omit<ReleaseContext, "dispatching">> {
  const resource = await resourceOf(deps, hold);
  const slot = resource?.kind === "git" ? "git.credential" : null;
  const credential = resource && slot ? await deps.vault.open(hold.organization, resource.id, slot) : null;
  return {
    hold,
    resource,
    credential,
    signal: AbortSignal.any([signal, AbortSignal.timeout(LIMITS.releaseMs)]),
  };
}

async function resourceOf(deps: ReleasesDeps, hold: Hold): Promise<Resource | null> {
  if (hold.resource === null) return null;
  const state = await deps.policies.state(hold.organization);
  const named = "resource" in hold.action ? hold.action.resource : null;
  const found =
    "document" in state ? state.document.resources.find((entry) => entry.id === named) : undefined;
  // The action names the resource; a row that names another one would send to another place with another credential.
  if (!found || named !== hold.resource)
    throw new Problem("approval.invalid", {
      hold: hold.id,
      why: "its resource is not in the policy any more",
    });
  const { workstations } = found;
  if (workstations !== "*" && (hold.workstation === null || !workstations.includes(hold.workstation)))
    throw new Problem("approval.invalid", {
      hold: hold.id,
      why: "its workstation may not use the resource any more",
    });
  return found;
}

function handlerOf(deps: ReleasesDeps, hold: Hold): ActionHandler {
  const handler = deps.handlers.find((candidate) => candidate.kinds.includes(hold.action.kind));
  if (!handler)
    throw new Problem("approval.invalid", {
      hold: hold.id,
      why: `nothing here can release ${hold.action.kind}`,
    });
  return handler;
}

function sentence(error: unknown, otherwise: string): string {
  return error instanceof Problem
    ? error.message
    : `${otherwise}: an error that the gate did not expect. Its log has the details.`;
}

function isoNow(deps: Pick<ReleasesDeps, "clock">): string {
  return new Date(deps.clock.now()).toISOString();
}
