/**
 * How a second approver comes to be: a member asks with the passkey that is to approve, an approver signs the policy that names it.
 * Rows here only carry the question; the seat is in the signed document, and the words of the key are on both screens.
 */
import type { GateDatabase } from "@nightgate/db/gate";
import { keyWords } from "@nightgate/evidence/key-words";
import type { Clock } from "@nightgate/shared/clock";
import type { Approver, PolicyDocument } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { LIMITS } from "../core/limits.ts";
import type { Candidacies, Candidate } from "../core/people-ports.ts";
import type { Hold, Policies, PolicyChanges } from "../core/ports.ts";
import type { People } from "../store/people.ts";
import { asJson } from "../store/rows.ts";
import type { Statements } from "./statements.ts";

export interface CandidaciesDeps {
  db: GateDatabase;
  people: People;
  statements: Statements;
  policies: Pick<Policies, "current">;
  policyChanges: Pick<PolicyChanges, "propose">;
  clock: Clock;
}

const passkey = z.strictObject({ credential: z.string(), publicKey: z.string(), name: z.string() });
type Key = z.infer<typeof passkey>;
interface Asked extends Candidate {
  key: Key;
}

export function createCandidacies(deps: CandidaciesDeps): Candidacies {
  const { db, people, statements, policies, policyChanges } = deps;
  const change = async (
    person: string,
    organization: string,
    make: (policy: PolicyDocument) => Promise<{ approvers: Approver[]; quorum: number }>,
  ): Promise<Hold> => {
    const policy = await policies.current(organization);
    const { resources } = policy;
    const { approvers, quorum } = await make(policy);
    return await policyChanges.propose(person, organization, { resources, secrets: [], approvers, quorum });
  };
  return {
    list: async (organization) => (await asked(deps, organization)).map(({ key: _key, ...line }) => line),
    begin: async (person, organization) => {
      const name = await mayAsk(deps, person, organization);
      // Any of theirs; the one that signs the question is the one that is to approve, so nobody can be named with a key that is not theirs.
      return await statements.begin(person, { kind: "approver.propose", organization, name });
    },
    finish: async (person, organization, answer) => {
      const name = await mayAsk(deps, person, organization);
      const { signed, passkey: used } = await statements.finish(person, answer);
      const { statement } = signed;
      if (statement.kind !== "approver.propose" || statement.organization !== organization)
        throw new Problem("challenge.unusable", {});
      await statements.record(signed);
      const { credential, publicKey } = signed;
      await keep(deps, { person, organization, name, key: { credential, publicKey, name: used.name } });
      const found = (await asked(deps, organization)).find((each) => each.person === person);
      if (!found) throw new Problem("challenge.unusable", {});
      const { key: _key, ...line } = found;
      return line;
    },
    withdraw: async (person, organization, candidate) => {
      const role = await people.roleIn(person, organization);
      if (role === null) throw new Problem("not-found", { what: "such organization" });
      if (person !== candidate && role !== "owner" && role !== "admin")
        throw new Problem("role.refused", { what: "turn a candidate down" });
      await db.asOrganization(
        organization,
        async (tx) => await tx.gateCandidacies.deleteMany({ where: { personId: candidate } }),
      );
    },
    propose: async (person, organization, candidate) =>
      await change(person, organization, async ({ approvers, quorum }) => {
        const found = (await asked(deps, organization)).find((each) => each.person === candidate);
        if (!found) throw new Problem("not-found", { what: "such candidate" });
        if (approvers.some((each) => each.person === candidate))
          throw new Problem("approver.already", { name: found.name });
        return {
          approvers: [...approvers, { person: candidate, name: found.name, passkeys: [found.key] }],
          quorum,
        };
      }),
    proposeRemoval: async (person, organization, approver) =>
      await change(person, organization, async ({ approvers, quorum }) => {
        const left = approvers.filter((each) => each.person !== approver);
        if (left.length === approvers.length) throw new Problem("not-found", { what: "such approver" });
        if (left.length === 0) throw new Problem("approver.last", {});
        return { approvers: left, quorum: Math.min(quorum, left.length) };
      }),
    proposeQuorum: async (person, organization, quorum) =>
      await change(person, organization, async ({ approvers }) => {
        if (quorum > approvers.length)
          throw new Problem("input.invalid", {
            why: `there are ${approvers.length} approvers, so no more than that can be asked for`,
          });
        return { approvers, quorum };
      }),
  };
}

/** The name of a member who may ask for a seat. */
async function mayAsk(deps: CandidaciesDeps, person: string, organization: string): Promise<string> {
  const role = await deps.people.roleIn(person, organization);
  if (role === null) throw new Problem("not-found", { what: "such organization" });
  if (role === "viewer") throw new Problem("approver.role", {});
  const name = (await deps.people.person(person))?.name ?? person;
  const { approvers } = await deps.policies.current(organization);
  if (approvers.some((each) => each.person === person)) throw new Problem("approver.already", { name });
  return name;
}

async function keep(
  { db, clock }: CandidaciesDeps,
  { person, organization, name, key }: { person: string; organization: string; name: string; key: Key },
): Promise<void> {
  const now = clock.now();
  const fields = {
    name,
    passkey: asJson(key),
    createdAt: new Date(now),
    expiresAt: new Date(now + LIMITS.candidacyMs),
  };
  const id = { organizationId: organization, personId: person };
  await db.asOrganization(
    organization,
    async (tx) =>
      await tx.gateCandidacies.upsert({
        where: { organizationId_personId: id },
        create: { ...id, ...fields },
        update: fields,
      }),
  );
}

/** Who asks and is still a member and no approver yet. */
async function asked(deps: CandidaciesDeps, organization: string): Promise<Asked[]> {
  const { db, people, policies, clock } = deps;
  const rows = await db.asOrganization(
    organization,
    async (tx) =>
      await tx.gateCandidacies.findMany({
        where: { expiresAt: { gt: new Date(clock.now()) } },
        orderBy: { createdAt: "asc" },
        take: LIMITS.candidaciesListedMax,
      }),
  );
  const { approvers } = await policies.current(organization);
  const seated = new Set(approvers.map((each) => each.person));
  const candidates: Asked[] = [];
  for (const row of rows) {
    const key = passkey.safeParse(row.passkey);
    const role = await people.roleIn(row.personId, organization);
    if (!key.success || role === null || role === "viewer" || seated.has(row.personId)) continue;
    candidates.push({
      person: row.personId,
      name: row.name,
      passkeyName: key.data.name,
      words: keyWords(key.data),
      createdAt: row.createdAt,
      key: key.data,
    });
  }
  return candidates;
}
