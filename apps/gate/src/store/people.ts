/** Persons, their passkeys and their memberships. A row here lets somebody sign in; it lets nobody decide (invariant 4). */
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import { EMPTY_ROOT } from "@nightgate/evidence/merkle";
import type { Clock } from "@nightgate/shared/clock";
import { z } from "zod";
import type { Role } from "../core/people-ports.ts";
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
  roleIn(person: string, organization: string): Promise<Role | null>;
  /** A further organization of a person who is here already. */
  foundFurther(person: string, organization: { id: string; name: string }): Promise<void>;
  renamePasskey(person: string, credential: string, name: string): Promise<boolean>;
  /** From now on it signs in nowhere and decides nothing. */
  removePasskey(person: string, credential: string): Promise<void>;
  insertPasskey(passkey: NewPasskey): Promise<void>;
}

export interface PeopleDeps {
  db: GateDatabase;
  clock: Clock;
  /** True when the signed policy of now names the person: such a seat no row of web's can take away (invariant 4). */
  approves(person: string, organization: string): Promise<boolean>;
}

const role = z.enum(["owner", "admin", "member", "viewer"]);
const transports = z.array(z.string()).catch([]);

export function createPeople({ db, clock, approves }: PeopleDeps): People {
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
      const owner = row && row.removedAt === null ? await person(row.personId) : null;
      return row && owner ? toPasskey(row, owner) : null;
    },
    passkeysOf: async (id) => {
      const owner = await person(id);
      if (!owner) return [];
      const rows = await db.asNobody(
        async (tx) =>
          await tx.gatePasskeys.findMany({
            where: { personId: id, removedAt: null },
            orderBy: { createdAt: "asc" },
          }),
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
    signedIn: async (id) => await signedIn(db, id, await person(id), approves),
    roleIn: async (id, organization) => {
      const [membership, row] = await db.asOrganization(organization, async (tx) => [
        await tx.gateMemberships.findFirst({ where: { personId: id } }),
        await tx.controlMembers.findFirst({ where: { personId: id } }),
      ]);
      return membership ? await roleNow(membership, row, async () => await approves(id, organization)) : null;
    },
    ...changesOf(db, clock),
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
  await foundOrganization(tx, person.id, organization, now);
}

async function foundOrganization(
  tx: GateTransaction,
  personId: string,
  { id, name }: { id: string; name: string },
  now: Date,
): Promise<void> {
  await tx.gateOrganizations.create({
    data: { organizationId: id, name, logRoot: EMPTY_ROOT, createdAt: now },
  });
  await tx.gateMemberships.create({
    data: { organizationId: id, personId, role: "owner", createdAt: now },
  });
}

type Changes = Pick<People, "foundFurther" | "renamePasskey" | "removePasskey" | "insertPasskey">;

function changesOf(db: GateDatabase, clock: Clock): Changes {
  return {
    foundFurther: async (id, organization) =>
      await db.asOrganization(
        organization.id,
        async (tx) => await foundOrganization(tx, id, organization, new Date(clock.now())),
      ),
    renamePasskey: async (id, credential, name) =>
      await db.asNobody(async (tx) => {
        const where = { credential, personId: id, removedAt: null };
        return (await tx.gatePasskeys.updateMany({ where, data: { name } })).count > 0;
      }),
    removePasskey: async (id, credential) => {
      await db.asNobody(
        async (tx) =>
          await tx.gatePasskeys.updateMany({
            where: { credential, personId: id, removedAt: null },
            data: { removedAt: new Date(clock.now()) },
          }),
      );
    },
    insertPasskey: async ({ person: personId, counter, ...passkey }) =>
      await db.asNobody(async (tx) => {
        const where = { credential: passkey.credential };
        if ((await tx.gatePasskeys.count({ where })) > 0) return;
        await tx.gatePasskeys.create({
          data: { ...passkey, personId, counter: BigInt(counter), createdAt: new Date(clock.now()) },
        });
      }),
  };
}

interface MembershipRow {
  role: string;
  createdAt: Date;
}

/**
 * What somebody is now: the gate's row says that they were let in, web's row as what and whether still. Web's has to be later than the letting in,
 * and an approver of the signed policy is a member whatever it says.
 */
async function roleNow(
  membership: MembershipRow,
  row: { role: string; removedAt: Date | null } | null,
  approves: () => Promise<boolean>,
): Promise<Role | null> {
  if (!row) return role.parse(membership.role);
  if (row.removedAt === null) return role.parse(row.role);
  if (row.removedAt < membership.createdAt) return role.parse(membership.role);
  return (await approves()) ? "member" : null;
}

async function signedIn(
  db: GateDatabase,
  id: string,
  person: { name: string } | null,
  approves: PeopleDeps["approves"],
): Promise<SignedIn | null> {
  if (!person) return null;
  const { memberships, rows } = await db.asPerson(id, async (tx) => ({
    memberships: await tx.gateMemberships.findMany({ orderBy: { createdAt: "asc" } }),
    rows: await tx.controlMembers.findMany({ where: { personId: id } }),
  }));
  const organizations: SignedIn["organizations"] = [];
  for (const membership of memberships) {
    const organization = membership.organizationId;
    const row = rows.find((each) => each.organizationId === organization) ?? null;
    const now = await roleNow(membership, row, async () => await approves(id, organization));
    if (now === null) continue;
    const named = await db.asOrganization(
      organization,
      async (tx) =>
        await tx.gateOrganizations.findUnique({
          where: { organizationId: organization },
          select: { name: true },
        }),
    );
    if (named) organizations.push({ id: organization, name: named.name, role: now });
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
