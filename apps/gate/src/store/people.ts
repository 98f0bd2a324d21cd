/** Persons, their passkeys and their memberships. A row here lets somebody sign in; it lets nobody decide (invariant 4). */
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import { EMPTY_ROOT } from "@nightgate/evidence/merkle";
import type { Clock } from "@nightgate/shared/clock";
import { z } from "zod";
import type { SignedIn } from "../core/ports.ts";
import type { NewPasskey } from "../core/store-ports.ts";

export interface PasskeyRow {
  credential: string;
  person: string;
  handle: string;
  personName: string;
  publicKey: string;
  name: string;
  transports: string[];
  counter: number;
  backedUp: boolean;
  createdAt: Date;
  usedAt: Date | null;
}

export interface NewFounder {
  person: { id: string; handle: string; name: string };
  passkey: NewPasskey;
  organization: { id: string; name: string };
}

export interface People {
  found(founder: NewFounder): Promise<void>;
  passkey(credential: string): Promise<PasskeyRow | null>;
  passkeysOf(person: string): Promise<PasskeyRow[]>;
  person(id: string): Promise<{ id: string; handle: string; name: string } | null>;
  used(credential: string, counter: number): Promise<void>;
  signedIn(person: string): Promise<SignedIn | null>;
  roleIn(person: string, organization: string): Promise<SignedIn["organizations"][number]["role"] | null>;
}

const role = z.enum(["owner", "admin", "member", "viewer"]);
const transports = z.array(z.string()).catch([]);

export function createPeople({ db, clock }: { db: GateDatabase; clock: Clock }): People {
  const person: People["person"] = async (id) =>
    await db.asNobody(
      async (tx) =>
        await tx.gatePersons.findUnique({ where: { id }, select: { id: true, handle: true, name: true } }),
    );
  return {
    person,
    found: async (founder) =>
      await db.asOrganization(
        founder.organization.id,
        async (tx) => await found(tx, founder, new Date(clock.now())),
      ),
    passkey: async (credential) => {
      const row = await db.asNobody(
        async (tx) => await tx.gatePasskeys.findUnique({ where: { credential } }),
      );
      const owner = row ? await person(row.personId) : null;
      return row && owner ? toPasskey(row, owner) : null;
    },
    passkeysOf: async (id) => {
      const owner = await person(id);
      if (!owner) return [];
      const rows = await db.asNobody(
        async (tx) =>
          await tx.gatePasskeys.findMany({ where: { personId: id }, orderBy: { createdAt: "asc" } }),
      );
      return rows.map((row) => toPasskey(row, owner));
    },
    used: async (credential, counter) => {
      await db.asNobody(
        async (tx) =>
          await tx.gatePasskeys.updateMany({
            where: { credential },
            data: { usedAt: new Date(clock.now()), counter: BigInt(counter) },
          }),
      );
    },
    signedIn: async (id) => await signedIn(db, id, await person(id)),
    roleIn: async (id, organization) => {
      const row = await db.asOrganization(
        organization,
        async (tx) => await tx.gateMemberships.findFirst({ where: { personId: id } }),
      );
      return row ? role.parse(row.role) : null;
    },
  };
}

async function found(
  tx: GateTransaction,
  { person, passkey, organization }: NewFounder,
  now: Date,
): Promise<void> {
  await tx.gatePersons.create({ data: { ...person, createdAt: now } });
  const { person: personId, counter, ...rest } = passkey;
  await tx.gatePasskeys.create({ data: { ...rest, personId, counter: BigInt(counter), createdAt: now } });
  await tx.gateOrganizations.create({
    data: { organizationId: organization.id, name: organization.name, logRoot: EMPTY_ROOT, createdAt: now },
  });
  await tx.gateMemberships.create({
    data: { organizationId: organization.id, personId: person.id, role: "owner", createdAt: now },
  });
}

async function signedIn(
  db: GateDatabase,
  id: string,
  person: { name: string } | null,
): Promise<SignedIn | null> {
  if (!person) return null;
  const memberships = await db.asPerson(
    id,
    async (tx) => await tx.gateMemberships.findMany({ orderBy: { createdAt: "asc" } }),
  );
  const organizations: SignedIn["organizations"] = [];
  for (const membership of memberships) {
    const organization = membership.organizationId;
    const row = await db.asOrganization(
      organization,
      async (tx) =>
        await tx.gateOrganizations.findUnique({
          where: { organizationId: organization },
          select: { name: true },
        }),
    );
    if (row) organizations.push({ id: organization, name: row.name, role: role.parse(membership.role) });
  }
  return { person: id, name: person.name, organizations };
}

type Row = NonNullable<Awaited<ReturnType<GateTransaction["gatePasskeys"]["findUnique"]>>>;

function toPasskey(row: Row, owner: { id: string; handle: string; name: string }): PasskeyRow {
  const { credential, publicKey, name, backedUp, createdAt, usedAt } = row;
  return {
    credential,
    publicKey,
    name,
    backedUp,
    createdAt,
    usedAt,
    person: owner.id,
    handle: owner.handle,
    personName: owner.name,
    transports: transports.parse(row.transports),
    counter: Number(row.counter),
  };
}
