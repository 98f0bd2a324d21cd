/** Takes each waiting recovery a step on: asks the approvers, stops where one rejects, and lets the key in when the delay is over. Safe to repeat after a crash at any line. */
import { jcsDigest } from "@nightgate/evidence/jcs";
import { nextPolicy } from "@nightgate/evidence/policy-chain";
import type { PasskeyEnrollAction } from "@nightgate/shared/actions";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import type { ClockCheck } from "../core/clock-check.ts";
import type { HoldsCore } from "../core/holds.ts";
import { describeOwnAction } from "../core/own-cards.ts";
import type { PoliciesCore } from "../core/policies.ts";
import type { Hold } from "../core/ports.ts";
import type { CoreLog, Pins, Store, Unit } from "../core/store-ports.ts";
import type { PendingRecovery, RecoveryFiles } from "../journal/recovery-files.ts";
import type { People } from "../store/people.ts";

export interface RecoveryRoundsDeps {
  files: RecoveryFiles;
  people: People;
  holds: Pick<HoldsCore, "openWith" | "announce">;
  store: Pick<Store, "write" | "hold" | "inStates">;
  policies: Pick<PoliciesCore, "current" | "state">;
  pins: Pick<Pins, "policy" | "setPolicy">;
  clock: Clock;
  checkClock: ClockCheck;
  log: CoreLog;
}

export interface RecoveryRounds {
  /** One look at all that wait. A recovery that cannot go on is told to the log and looked at again next time. */
  look(): Promise<void>;
}

type Asked = PendingRecovery["holds"][number];
const WENT_AHEAD = "The delay is over and nobody objected: the recovery went ahead.";

export function createRecoveryRounds(deps: RecoveryRoundsDeps): RecoveryRounds {
  const { files, log } = deps;
  let turn: Promise<void> = Promise.resolve();
  const all = async (): Promise<void> => {
    for (const recovery of files.pending())
      await step(deps, recovery).catch((error: unknown) =>
        log.error({ recovery: recovery.id, error }, "a recovery could not go on; it is looked at again"),
      );
  };
  return {
    look: async () => {
      turn = turn.then(all, all);
      await turn;
    },
  };
}

async function step(deps: RecoveryRoundsDeps, recovery: PendingRecovery): Promise<void> {
  const { files, people, clock } = deps;
  const { organizations = [] } = (await people.signedIn(recovery.person)) ?? {};
  const ids = organizations.map((each) => each.id).filter((id) => !recovery.applied.includes(id));
  for (const id of ids) {
    const hold = await ask(deps, recovery, id);
    if (hold && isStopped(hold, clock.now() < recovery.readyAt)) {
      // One approver said no: it ends everywhere, since the passkey would open everything.
      await stop(deps, recovery);
      return files.dropPending(recovery.id);
    }
    if (hold?.state === "released") done(files, recovery, id);
  }
  if (clock.now() < recovery.readyAt) return;
  for (const id of ids.filter((each) => !recovery.applied.includes(each))) {
    const asked = recovery.holds.find((entry) => entry.organization === id);
    if (asked && !(await apply(deps, recovery, asked))) return;
    done(files, recovery, id);
  }
  const { passkey, person } = recovery;
  await people.insertPasskey({ ...passkey, person });
  files.dropPending(recovery.id);
}

/** Rejected; or taken back by somebody, which after the delay is how it goes ahead. */
function isStopped(hold: Hold, early: boolean): boolean {
  return hold.state === "rejected" || (hold.state === "withdrawn" && early);
}

function done(files: RecoveryFiles, recovery: PendingRecovery, organization: string): void {
  recovery.applied.push(organization);
  files.keepPending(recovery);
}

/** The hold in this organization, opened if it is not there (any more); null where nothing is signed yet and nobody could be asked. */
async function ask(
  deps: RecoveryRoundsDeps,
  recovery: PendingRecovery,
  organization: string,
): Promise<Hold | null> {
  const { files, store, holds, people } = deps;
  const known = recovery.holds.find((entry) => entry.organization === organization);
  const present = known ? await store.hold(organization, known.hold) : null;
  if (present && present.state !== "expired" && present.state !== "failed") return present;
  if (deps.pins.policy(organization)?.version === 0) return null;
  const { credential, publicKey, name } = recovery.passkey;
  const { person } = recovery;
  const action: PasskeyEnrollAction = {
    kind: "passkey.enroll",
    organization,
    person,
    name,
    credential,
    publicKey,
  };
  const personName = (await people.person(person))?.name ?? "";
  const card = describeOwnAction(action, await deps.policies.current(organization), personName);
  const by = recovery.method === "code" ? "a printed recovery code" : "a code from the gate's host";
  const ready = new Date(recovery.readyAt).toISOString();
  card.flags.unshift({
    level: "danger",
    code: "recovery",
    text: `Somebody with ${by} asks for this. Unless an approver rejects it, it comes in by itself at ${ready}.`,
  });
  const request = {
    action,
    card,
    caller: null,
    resource: null,
    agentWords: "",
    supersedes: null,
    keep: async (): Promise<void> => undefined,
  };
  const hold = await holds.openWith(request, async (unit) => {
    if (known) return;
    const { id, method } = recovery;
    unit.receipt({ kind: "recovery.requested", recovery: id, method, action, readyAt: ready });
  });
  recovery.holds = [
    ...recovery.holds.filter((entry) => entry.organization !== organization),
    { organization, hold: hold.id, action },
  ];
  files.keepPending(recovery);
  return hold;
}

/** Takes back what still waits elsewhere. */
async function stop(deps: RecoveryRoundsDeps, recovery: PendingRecovery): Promise<void> {
  for (const asked of recovery.holds)
    await withdraw(deps, asked, "The recovery was rejected by an approver.");
}

/** True when the organization is done with it; false where something has to end first. */
async function apply(deps: RecoveryRoundsDeps, recovery: PendingRecovery, asked: Asked): Promise<boolean> {
  const { store, pins } = deps;
  const { organization, hold, action } = asked;
  // Invariant 8: a clock that jumped ahead would end the delay early.
  await deps.checkClock(organization);
  const moving = await store.inStates(organization, ["approved", "releasing"]);
  if (moving.some((each) => each.action.kind === "policy.change" || each.action.kind === "passkey.enroll"))
    return false;
  const pin = pins.policy(organization);
  const pinned = pin !== null && "hold" in pin && pin.hold === hold;
  const state = pinned
    ? await stateBefore(deps, organization, pin.version)
    : await deps.policies.state(organization);
  const next = nextPolicy(state, action);
  if ("refused" in next) throw new Problem("policy.unreadable", { why: next.refused });
  const applied = { kind: "recovery.applied", recovery: recovery.id } as const;
  if (!("document" in next))
    return await withdraw(deps, asked, WENT_AHEAD, (unit) => unit.receipt({ ...applied, policy: null }));
  if (!(await withdraw(deps, asked, WENT_AHEAD))) return false;
  const policy = { version: next.document.version, document: jcsDigest(next.document) };
  // Invariant 4: the disk first. If we die now, the next look finds the pin of this hold and writes the rows.
  if (!pinned) {
    if (pins.policy(organization)?.version !== state.version) return false;
    pins.setPolicy(organization, { ...policy, hold });
  }
  await store.write(organization, async (unit) => {
    if (await unit.insertPolicy(next.document, hold)) unit.receipt({ ...applied, policy });
  });
  return true;
}

async function stateBefore(
  { store }: RecoveryRoundsDeps,
  organization: string,
  version: number,
): Promise<Parameters<typeof nextPolicy>[0]> {
  const document = await store.write(organization, async (unit) => await unit.policy(version - 1));
  if (!document)
    throw new Problem("policy.unreadable", { why: "the version before the recovery is missing" });
  return { version: version - 1, document };
}

/** True when the hold is withdrawn, now or since an earlier look; `within` writes in the transaction that moves it, and so once. */
async function withdraw(
  { store, holds }: RecoveryRoundsDeps,
  { organization, hold: id }: Asked,
  words: string,
  within: (unit: Unit) => void = () => undefined,
): Promise<boolean> {
  const { hold, moved } = await store.write(organization, async (unit) => {
    const present = await unit.hold(id);
    if (present?.state !== "pending") return { hold: present, moved: null };
    if (!(await unit.moveHold(id, { from: "pending", to: "withdrawn" }, { words })))
      return { hold: present, moved: null };
    unit.receipt({ kind: "hold.moved", hold: id, from: "pending", to: "withdrawn", words });
    within(unit);
    return { hold: present, moved: { ...present, state: "withdrawn" as const, words, endedAt: unit.now } };
  });
  if (moved) holds.announce(moved);
  return moved !== null || hold?.state === "withdrawn";
}
