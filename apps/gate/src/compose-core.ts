/** Makes the gate's core out of its parts: disk, rows, proofs, ceremonies, releases. Surfaces, pages and push are hung on by main.ts; tests use this alone. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type GateDatabase, openGateDatabase } from "@nightgate/db/gate";
import { publicKeyText } from "@nightgate/evidence/checkpoint";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { composePeople } from "./compose-people.ts";
import { createApprovals } from "./core/approval.ts";
import { createClockCheck } from "./core/clock-check.ts";
import { expireHolds } from "./core/expiry.ts";
import { withdrawLeftBehind } from "./core/followers.ts";
import { ensureFounding } from "./core/founding.ts";
import { createGrants } from "./core/grants.ts";
import { createHoldEvents } from "./core/hold-events.ts";
import { createHolds } from "./core/holds.ts";
import { LIMITS } from "./core/limits.ts";
import { createOwnActions, type OwnActionsDeps } from "./core/own-actions.ts";
import { createPolicies } from "./core/policies.ts";
import type { ActionHandler, Hold, Notifier } from "./core/ports.ts";
import { createPresence } from "./core/presence.ts";
import { createPolicyChanges, type ProposalsDeps } from "./core/proposals.ts";
import { createReleases, type Releases } from "./core/releases.ts";
import { keepRounds } from "./core/rounds.ts";
import type { CoreLog, Faults, GateIdentity } from "./core/store-ports.ts";
import { openDispatchJournal } from "./journal/dispatch-journal.ts";
import { openGrantUses } from "./journal/grant-uses.ts";
import { openKeys } from "./journal/keys.ts";
import { beOnlyGate } from "./journal/only-gate.ts";
import { rememberOrigin } from "./journal/origins.ts";
import { openPins } from "./journal/pins.ts";
import { createDecisions } from "./passkeys/decisions.ts";
import { createEnrolmentCode } from "./passkeys/enrolment-code.ts";
import { createEnrolment } from "./passkeys/enrolment.ts";
import { createSignInTokens } from "./passkeys/sign-in-tokens.ts";
import { createSignIn } from "./passkeys/sign-in.ts";
import { createChallenges } from "./store/challenges.ts";
import { tellingWhenAway } from "./store/database-away.ts";
import { bindInstallation } from "./store/installation.ts";
import { createLogHeads } from "./store/log-heads.ts";
import { createPeople } from "./store/people.ts";
import { createReceipts } from "./store/receipt-log.ts";
import { createSessions } from "./store/sessions.ts";
import { createStore } from "./store/store.ts";
import { createVault } from "./vault/vault.ts";

export interface CoreSettings {
  /** The gate's own folder, $NIGHTGATE_HOME/gate. */
  folder: string;
  databaseUrl: string;
  origin: string;
  clientWaitMs: number | null;
  /** How long a recovery waits, where the settings say so. */
  recoveryDelayMs?: number | null;
}

export interface CoreTools {
  clock: Clock;
  log: CoreLog;
  faults: Faults;
  /** Made from the database, since subscriptions and deliveries are rows. */
  notifier(db: GateDatabase): Notifier;
}

export type GateBase = Awaited<ReturnType<typeof openBase>>;
export type GateCore = Awaited<ReturnType<typeof openCore>>;

/** Everything that a surface needs: holds, policies and the vault. Throws Problem settings.differ when disk and database do not belong together. */
export async function openBase(settings: CoreSettings, tools: CoreTools) {
  const leave = await beOnlyGate(settings.folder);
  try {
    return { leave, ...(await makeBase(settings, tools)) };
  } catch (error) {
    await leave();
    throw error;
  }
}

async function makeBase(settings: CoreSettings, tools: CoreTools) {
  const { clock, log, faults } = tools;
  const keys = openKeys(settings.folder);
  const pins = openPins(settings.folder);
  const journal = openDispatchJournal(join(settings.folder, "journal"));
  const grantUses = openGrantUses(join(settings.folder, "journal"));
  const db = tellingWhenAway(openGateDatabase(settings.databaseUrl));
  await bindInstallation(db, keys.installation);
  const identity: GateIdentity = {
    installation: keys.installation,
    origin: settings.origin,
    origins: rememberOrigin(settings.folder, settings.origin, pins.organizations().length > 0),
    rpId: new URL(settings.origin).hostname,
  };
  const heads = createLogHeads({ pins, logKey: keys.log, installation: keys.installation });
  const store = createStore({ db, heads, clock });
  const receipts = createReceipts({ db, heads, identity, publicKey: publicKeyText(keys.log) });
  const policies = createPolicies({ store, pins });
  const presence = createPresence();
  const events = createHoldEvents();
  const vault = createVault({ db, master: keys.master, installation: keys.installation });
  const holds = createHolds({
    store,
    events,
    presence,
    notifier: tools.notifier(db),
    clock,
    log,
    faults,
    clientWaitMs: settings.clientWaitMs,
  });
  return {
    settings,
    tools,
    keys,
    pins,
    journal,
    grantUses,
    db,
    identity,
    store,
    receipts,
    policies,
    presence,
    events,
    vault,
    holds,
  };
}

/** The whole core. `handlers` are the surfaces' releases; the gate's own are added here. */
export async function openCore(base: GateBase, handlers: readonly ActionHandler[]) {
  const { store, pins, journal, holds, events, vault } = base;
  const { clock, log, faults } = base.tools;
  const announce = (hold: Hold): void => holds.announce(hold);
  const organizations = (): string[] => pins.organizations();
  const { checkClock, approvals, releases, grants } = composeReleases(base, handlers);
  const founding = async (organization: string): Promise<Hold | null> =>
    await ensureFounding({ store, events }, organization, pins.policy(organization));
  const ceremonies = composeCeremonies(base, founding);
  const release = (hold: Hold): void => releases.enqueue(hold);
  const decisions = createDecisions({
    ...base,
    ...ceremonies,
    approvals,
    clock,
    checkClock,
    faults,
    release,
  });
  const refuseUnlessMember = memberGuard(ceremonies.people, ceremonies.approves);
  const seal: ProposalsDeps["seal"] = (organization, secret) => vault.seal(organization, secret);
  const nonce = (): string => randomBytes(16).toString("base64url");
  const policyChanges = createPolicyChanges({ ...base, clock, nonce, refuseUnlessMember, seal });
  const expiry = { store, clock, log, announce, organizations };
  const persons = composePeople({
    ...base,
    ...ceremonies,
    policyChanges,
    checkClock,
    ensureFounding: founding,
  });
  const rounds = [
    // Before anything expires: a recovery's hold lives as long as its delay.
    async () => await persons.recovery.round(),
    async () => await expireHolds(expiry),
    async () => {
      for (const organization of organizations()) await lookAtFollowers(base, releases, organization);
    },
    async () => await releases.recover(),
  ];
  return {
    ...base,
    ...ceremonies,
    decisions,
    policyChanges,
    persons,
    releases,
    grants: {
      ...grants,
      revoke: async (person: string, organization: string, grant: string): Promise<void> => {
        await refuseUnlessMember(person, organization);
        await grants.revoke(person, organization, grant);
      },
    },
    expireOnce: async () => await expireHolds(expiry),
    /** Expires what nobody answered, and picks up what is approved and not on its way. */
    keepRounds: async (signal: AbortSignal) =>
      await keepRounds({ clock, log, everyMs: LIMITS.roundsEveryMs, rounds }, signal),
    close: async () => {
      await releases.stop();
      journal.close();
      base.grantUses.close();
      await base.db.close();
      await base.leave();
    },
  };
}

/** Those that will never be released are withdrawn; those that are approved and waited for another one go on. */
async function lookAtFollowers(
  { store, holds }: Pick<GateBase, "store" | "holds">,
  releases: Pick<Releases, "enqueue">,
  organization: string,
): Promise<void> {
  for (const hold of await withdrawLeftBehind(store, organization)) holds.announce(hold);
  for (const hold of await store.inStates(organization, ["approved"]))
    if (hold.after !== null) releases.enqueue(hold);
}

function composeReleases(base: GateBase, handlers: readonly ActionHandler[]) {
  const { store, policies, pins, receipts, identity, holds, vault } = base;
  const { clock } = base.tools;
  const announce = (hold: Hold): void => holds.announce(hold);
  const checkClock = createClockCheck({ clock, store, log: receipts });
  const uses = base.grantUses;
  const approvals = createApprovals({ identity, policies, store, uses, log: receipts });
  const secretIsSound: OwnActionsDeps["secretIsSound"] = (organization, secret) =>
    vault.isSound(organization, secret);
  const own = createOwnActions({ store, policies, pins, announce, secretIsSound });
  const releases = createReleases({
    ...base,
    ...base.tools,
    approvals,
    checkClock,
    announce,
    organizations: () => pins.organizations(),
    handlers: [...handlers, ...own],
  });
  const grants = createGrants({ ...base, ...base.tools, uses, approvals, checkClock });
  holds.onEnded(async (hold) => await lookAtFollowers(base, releases, hold.organization));
  holds.approveFresh(async (hold) => {
    const approved = await grants.approve(hold);
    if (approved) releases.enqueue(approved);
    return approved;
  });
  return { checkClock, approvals, releases, grants };
}

function composeCeremonies(
  { db, identity, pins, policies, holds, settings, tools, keys }: GateBase,
  ensureFounded: (organization: string) => Promise<Hold | null>,
) {
  const { clock } = tools;
  const approves = approvesBy(policies);
  const people = createPeople({ db, clock, approves });
  const challenges = createChallenges({ db, clock });
  const sessions = createSessions({ db, clock });
  const code = createEnrolmentCode(settings.folder, clock);
  const afterSignIn = async (person: string): Promise<void> => {
    for (const { id } of (await people.signedIn(person))?.organizations ?? []) await ensureFounded(id);
  };
  const signIn = createSignIn({ identity, challenges, people, sessions, afterSignIn });
  const enrolment = createEnrolment({
    identity,
    challenges,
    people,
    sessions,
    code,
    pins,
    policies,
    holds,
    ensureFounding: ensureFounded,
  });
  const signInCodes = createSignInTokens({ db, people, key: keys.signIn, clock });
  return {
    people,
    approves,
    challenges,
    sessions,
    enrolmentCode: code,
    passkeys: { ...signIn, ...enrolment },
    signInCodes,
  };
}

type Approves = (person: string, organization: string) => Promise<boolean>;

/** Says whether the signed policy of now names the person. One that cannot be read names nobody (invariant 8). */
function approvesBy(policies: Pick<GateBase["policies"], "current">): Approves {
  return async (person, organization) => {
    try {
      const { approvers } = await policies.current(organization);
      return approvers.some((approver) => approver.person === person);
    } catch (error) {
      if (error instanceof Problem && error.code === "policy.unreadable") return false;
      throw error;
    }
  };
}

/** Who may propose changes to the gate: a proposal is no decision, but it is noise on other people's phones. */
function memberGuard(
  people: { roleIn(person: string, organization: string): Promise<string | null> },
  approves: Approves,
) {
  return async (person: string, organization: string): Promise<void> => {
    const role = await people.roleIn(person, organization);
    if (role === null) throw new Problem("not-found", { what: "such organization" });
    if (role !== "owner" && role !== "admin" && !(await approves(person, organization)))
      throw new Problem("role.refused", { what: "change the policy or its secrets" });
  };
}
