/** A person's further organizations, and their names. The name is the gate's: it is what people read before they sign. */
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../core/limits.ts";
import type { Organizations } from "../core/people-ports.ts";
import type { Hold } from "../core/ports.ts";
import type { Pins, Store } from "../core/store-ports.ts";
import type { People } from "../store/people.ts";

export interface OrganizationsDeps {
  people: People;
  pins: Pick<Pins, "setPolicy">;
  store: Pick<Store, "write">;
  ensureFounding(organization: string): Promise<Hold | null>;
}

export function createOrganizations({
  people,
  pins,
  store,
  ensureFounding,
}: OrganizationsDeps): Organizations {
  return {
    found: async (id, name) => {
      const who = await people.signedIn(id);
      const owned = who?.organizations.filter((each) => each.role === "owner") ?? [];
      // The first one of an installation takes the code of the gate's host; whoever owns one may found others.
      if (!who || owned.length === 0)
        throw new Problem("role.refused", { what: "found a further organization" });
      if (owned.length >= LIMITS.organizationsOwnedMax)
        throw new Problem("too-many", {
          what: "organizations of one owner",
          limit: LIMITS.organizationsOwnedMax,
        });
      const passkeys = await people.passkeysOf(id);
      const [latest] = passkeys.toSorted((a, b) => (b.usedAt?.getTime() ?? 0) - (a.usedAt?.getTime() ?? 0));
      if (!latest) throw new Problem("passkey.unknown", {});
      const organization = newId("organization");
      await people.foundFurther(id, { id: organization, name });
      const { credential, publicKey } = latest;
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
