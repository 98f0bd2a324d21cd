/** A person's further organizations, and their names. The name is the gate's: it is what people read before they sign. */
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../core/limits.ts";
import type { Organizations } from "../core/people-ports.ts";
import type { Hold, SignedIn } from "../core/ports.ts";
import type { Pins, Store } from "../core/store-ports.ts";
import type { People } from "../store/people.ts";
import type { Statements } from "./statements.ts";

export interface OrganizationsDeps {
  people: People;
  pins: Pick<Pins, "setPolicy">;
  store: Pick<Store, "write">;
  statements: Statements;
  ensureFounding(organization: string): Promise<Hold | null>;
}

export function createOrganizations({
  people,
  pins,
  store,
  statements,
  ensureFounding,
}: OrganizationsDeps): Organizations {
  return {
    beginFounding: async (person, name) => {
      await refuseUnlessOwner(people, person);
      return await statements.begin(person, { kind: "organization.found", name });
    },
    finishFounding: async (id, answer) => {
      const who = await refuseUnlessOwner(people, id);
      const { signed } = await statements.finish(id, answer);
      if (signed.statement.kind !== "organization.found") throw new Problem("challenge.unusable", {});
      const { name } = signed.statement;
      await statements.record(signed);
      const organization = newId("organization");
      await people.foundFurther(id, { id: organization, name });
      const { credential, publicKey } = signed;
      pins.setPolicy(organization, {
        version: 0,
        name,
        founder: { person: id, name: who.name, credential, publicKey },
      });
      const hold = await ensureFounding(organization);
      if (!hold) throw new Problem("policy.unreadable", { why: "its founding was not kept" });
      return { organization, hold: hold.id };
    },
    rename: async (person, organization, name) => {
      const role = await people.roleIn(person, organization);
      if (role === null) throw new Problem("not-found", { what: "such organization" });
      if (role !== "owner") throw new Problem("role.refused", { what: "rename the organization" });
      await store.write(organization, async (unit) => {
        const { from } = await unit.rename(name);
        if (from !== name) unit.receipt({ kind: "organization.renamed", person, from, to: name });
      });
    },
  };
}

/** The first one of an installation takes the code of the gate's host; whoever owns one may found others, up to a number. */
async function refuseUnlessOwner(people: People, person: string): Promise<SignedIn> {
  const who = await people.signedIn(person);
  const owned = who?.organizations.filter((each) => each.role === "owner") ?? [];
  if (!who || owned.length === 0) throw new Problem("role.refused", { what: "found a further organization" });
  const limit = LIMITS.organizationsOwnedMax;
  if (owned.length >= limit) throw new Problem("too-many", { what: "organizations of one owner", limit });
  return who;
}
