/** A person's own passkeys after the first: another name, one less, one more. Each change is signed with a passkey that is there already (attack W11). */
import type { PolicyDocument } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import type { OwnPasskeys } from "../core/people-ports.ts";
import type { CeremonyAnswer, CeremonyOptions, Policies, PolicyChanges } from "../core/ports.ts";
import type { GateIdentity } from "../core/store-ports.ts";
import type { Challenges } from "../store/challenges.ts";
import type { People } from "../store/people.ts";
import type { EnrolmentLinks } from "./enrolment-links.ts";
import type { Statements } from "./statements.ts";
import { checkRegistration, readRegistration, type RegisteredPasskey } from "./webauthn.ts";

export interface OwnPasskeysDeps {
  identity: GateIdentity;
  people: People;
  challenges: Challenges;
  statements: Statements;
  policies: Pick<Policies, "current">;
  policyChanges: Pick<PolicyChanges, "propose">;
  links: EnrolmentLinks;
}

/** What is kept beside the statement until it is signed. */
const made = z.object({
  transports: z.array(z.string()),
  counter: z.int(),
  backedUp: z.boolean(),
  link: z.object({ organization: z.string(), id: z.string() }).nullable(),
});

export function createOwnPasskeys(deps: OwnPasskeysDeps): OwnPasskeys {
  const { people, statements, links } = deps;
  return {
    ...links.pages,
    rename: async (person, credential, name) => {
      if (!(await people.renamePasskey(person, credential, name)))
        throw new Problem("not-found", { what: "such passkey" });
    },
    beginRemoval: async (person, credential) => {
      const present = await people.passkeysOf(person);
      if (!present.some((each) => each.credential === credential))
        throw new Problem("not-found", { what: "such passkey" });
      if (present.length === 1) throw new Problem("passkey.last", {});
      for (const { document } of await naming(deps, person, credential)) withoutPasskey(document, credential);
      // It must not be the one that goes: whoever found it must not be able to make itself the only one's undoing.
      const others = present.map((each) => each.credential).filter((each) => each !== credential);
      return await statements.begin(person, { kind: "passkey.remove", credential }, { credentials: others });
    },
    beginAddition: async (person, answer, name) => {
      const registered = await registeredFor(deps, person, answer);
      return await beginAdd(deps, person, name, { registered, link: null });
    },
    beginWaiting: async (person, organization, id) => {
      const key = await links.take(person, organization, id);
      return await beginAdd(deps, person, key.name, { registered: key, link: { organization, id } });
    },
    finish: async (person, answer) => await finish(deps, person, answer),
  };
}

async function beginAdd(
  { statements, people }: OwnPasskeysDeps,
  person: string,
  name: string,
  add: { registered: RegisteredPasskey; link: { organization: string; id: string } | null },
): Promise<CeremonyOptions> {
  const { credential, publicKey, transports, counter, backedUp } = add.registered;
  if (await people.passkey(credential))
    throw new Problem("passkey.refused", { why: "it is enrolled already" });
  const extra: z.infer<typeof made> = { transports, counter, backedUp, link: add.link };
  return await statements.begin(person, { kind: "passkey.add", credential, publicKey, name }, { extra });
}

async function finish(
  deps: OwnPasskeysDeps,
  person: string,
  answer: CeremonyAnswer,
): Promise<{ holds: { organization: string; hold: string }[] }> {
  const { people, statements, links } = deps;
  const { signed, extra } = await statements.finish(person, answer);
  const { statement } = signed;
  if (statement.kind === "passkey.add") {
    const { transports, counter, backedUp, link } = made.parse(extra);
    const { credential, publicKey, name } = statement;
    await statements.record(signed);
    await people.insertPasskey({ person, credential, publicKey, name, transports, counter, backedUp });
    if (link) await links.forget(link.organization, link.id);
    return { holds: [] };
  }
  if (statement.kind !== "passkey.remove" || statement.credential === signed.credential)
    throw new Problem("challenge.unusable", {});
  await statements.record(signed);
  await people.removePasskey(person, statement.credential);
  return { holds: await cleanPolicies(deps, person, statement.credential) };
}

/** The passkey is dead already; the policies that still name it are put right by a signature each. */
async function cleanPolicies(
  deps: OwnPasskeysDeps,
  person: string,
  credential: string,
): Promise<{ organization: string; hold: string }[]> {
  const holds: { organization: string; hold: string }[] = [];
  for (const { organization, document } of await naming(deps, person, credential)) {
    const { resources } = document;
    const changed = withoutPasskey(document, credential);
    const change = { resources, secrets: [], ...changed };
    const hold = await deps.policyChanges.propose(person, organization, change);
    holds.push({ organization, hold: hold.id });
  }
  return holds;
}

/** The person's organizations whose signed policy names the passkey. */
async function naming(
  { people, policies }: OwnPasskeysDeps,
  person: string,
  credential: string,
): Promise<{ organization: string; document: PolicyDocument }[]> {
  const found: { organization: string; document: PolicyDocument }[] = [];
  for (const { id } of (await people.signedIn(person))?.organizations ?? []) {
    const document = await policies.current(id).catch((error: unknown) => {
      if (error instanceof Problem && error.code === "policy.unreadable") return null; // Nothing signed yet names anything.
      throw error;
    });
    if (
      document?.approvers.some((each) => each.passkeys.some((key) => key.credential === credential)) === true
    )
      found.push({ organization: id, document });
  }
  return found;
}

/** Approvers without this passkey; somebody who had no other is no approver any more. Throws Problem approver.last where nobody would be left. */
function withoutPasskey(
  document: PolicyDocument,
  credential: string,
): Pick<PolicyDocument, "approvers"> & { quorum: number } {
  const approvers = document.approvers
    .map((each) => ({ ...each, passkeys: each.passkeys.filter((key) => key.credential !== credential) }))
    .filter((each) => each.passkeys.length > 0);
  if (approvers.length === 0) throw new Problem("approver.last", {});
  return { approvers, quorum: Math.min(document.quorum, approvers.length) };
}

const adding = z.object({ what: z.literal("add"), person: z.string() });

async function registeredFor(
  { identity, challenges }: OwnPasskeysDeps,
  person: string,
  answer: CeremonyAnswer,
): Promise<RegisteredPasskey> {
  const read = readRegistration(answer);
  const context = adding.safeParse((await challenges.take("enroll", read.challenge))?.context);
  if (!context.success || context.data.person !== person) throw new Problem("challenge.unusable", {});
  return await checkRegistration(identity, read);
}
