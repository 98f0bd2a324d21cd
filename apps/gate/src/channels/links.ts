/**
 * Which member is reached where. A link is made by a one-time code, which proves that whoever is at that address is at the member's page too:
 * the page shows it and the member sends it (Telegram, Slack), or it is sent and the member types it (e-mail).
 */
import { createHash, randomBytes, randomInt } from "node:crypto";
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import { Problem } from "@nightgate/shared/problems";
import { CHANNEL_LIMITS } from "./limits.ts";

export interface Link {
  id: string;
  organization: string;
  channel: string;
  person: string;
  address: string;
  label: string;
  position: number;
  createdAt: Date;
  failedAt: Date | null;
}

export interface Links {
  ofPerson(organization: string, person: string): Promise<Link[]>;
  /** The member who is at this address; null for a stranger. */
  at(organization: string, channel: string, address: string): Promise<Link | null>;
  /** A code for the page to show. For e-mail `address` is where it is sent. Throws Problem too-many. */
  makeCode(organization: string, channel: string, person: string, address: string): Promise<string>;
  /** Links whoever sent this code; null where it is none, or is used, old, or tried too often. */
  useCode(
    organization: string,
    channel: string,
    code: string,
    from: { address: string; label: string },
  ): Promise<Link | null>;
  /** E-mail: the member types what was sent. Throws Problem channel.code-wrong. */
  confirm(organization: string, channel: string, person: string, code: string): Promise<Link>;
  /** Where there is nothing to prove: a place that the whole organization shares. */
  add(organization: string, channel: string, person: string): Promise<Link>;
  remove(organization: string, person: string, id: string): Promise<void>;
  order(organization: string, person: string, ids: readonly string[]): Promise<void>;
  /** Null: it works again. */
  failed(organization: string, id: string, at: Date | null): Promise<void>;
}

interface Row {
  id: string;
  organization_id: string;
  channel_id: string;
  person_id: string;
  address: string;
  label: string;
  position: number;
  created_at: Date;
  failed_at: Date | null;
}

const toLink = (row: Row): Link => ({
  id: row.id,
  organization: row.organization_id,
  channel: row.channel_id,
  person: row.person_id,
  address: row.address,
  label: row.label,
  position: row.position,
  createdAt: row.created_at,
  failedAt: row.failed_at,
});

/** Without letters that look like others. */
const LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LETTERS = 10;

function newCode(): string {
  return Array.from({ length: CODE_LETTERS }, () => LETTERS.charAt(randomInt(LETTERS.length))).join("");
}

function digestOf(channel: string, code: string): string {
  return createHash("sha256").update(`${channel}\n${code.trim().toUpperCase()}`).digest("hex");
}

export function createLinks({ db, now }: { db: GateDatabase; now: () => number }): Links {
  return {
    ofPerson: async (organization, person) =>
      await db.asOrganization(organization, async (tx) => await linksOf(tx, [person])),
    at: async (organization, channel, address) =>
      await db.asOrganization(organization, async (tx) => {
        const [row] = await tx.$queryRaw<Row[]>`
          SELECT * FROM gate.channel_links WHERE channel_id = ${channel} AND address = ${address} AND address <> ''`;
        return row === undefined ? null : toLink(row);
      }),
    makeCode: async (organization, channel, person, address) =>
      await db.asOrganization(organization, async (tx) => {
        await refuseMoreCodes(tx, person, new Date(now() - CHANNEL_LIMITS.codeMs));
        const code = newCode();
        const expires = new Date(now() + CHANNEL_LIMITS.codeMs);
        await tx.$executeRaw`
          INSERT INTO gate.channel_codes (organization_id, code_digest, channel_id, person_id, address, created_at, expires_at)
          VALUES (${organization}, ${digestOf(channel, code)}, ${channel}, ${person}, ${address}, ${new Date(now())}, ${expires})`;
        return code;
      }),
    useCode: async (organization, channel, code, from) =>
      await db.asOrganization(organization, async (tx) => {
        const person = await take(tx, channel, code, new Date(now()));
        if (person === null) return null;
        return await insert(tx, organization, { channel, person, ...from });
      }),
    confirm: async (organization, channel, person, code) => {
      const link = await db.asOrganization(organization, async (tx) => {
        const address = await takeTyped(tx, channel, person, code, new Date(now()));
        if (address === null) return null;
        return await insert(tx, organization, { channel, person, address, label: address.slice(0, 100) });
      });
      // After the transaction: what a wrong one has used up must stay.
      if (link === null) throw new Problem("channel.code-wrong", {});
      return link;
    },
    add: async (organization, channel, person) =>
      await db.asOrganization(
        organization,
        async (tx) => await insert(tx, organization, { channel, person, address: "", label: "" }),
      ),
    remove: async (organization, person, id) => {
      const count = await db.asOrganization(
        organization,
        async (tx) =>
          await tx.$executeRaw`DELETE FROM gate.channel_links WHERE id = ${id} AND person_id = ${person}`,
      );
      if (count === 0) throw new Problem("not-found", { what: "such link" });
    },
    order: async (organization, person, ids) =>
      await db.asOrganization(organization, async (tx) => {
        for (const [position, id] of ids.entries())
          await tx.$executeRaw`
            UPDATE gate.channel_links SET position = ${position} WHERE id = ${id} AND person_id = ${person}`;
      }),
    failed: async (organization, id, at) => {
      await db.asOrganization(
        organization,
        async (tx) => await tx.$executeRaw`UPDATE gate.channel_links SET failed_at = ${at} WHERE id = ${id}`,
      );
    },
  };
}

/** Working and broken ones, in the order in which each person wants to be told. */
export async function linksOf(tx: GateTransaction, persons: readonly string[]): Promise<Link[]> {
  const rows = await tx.$queryRaw<Row[]>`
    SELECT * FROM gate.channel_links WHERE person_id = ANY(${[...persons]}) ORDER BY position, created_at`;
  return rows.map(toLink);
}

async function refuseMoreCodes(tx: GateTransaction, person: string, since: Date): Promise<void> {
  const [row] = await tx.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) FROM gate.channel_codes WHERE person_id = ${person} AND created_at > ${since}`;
  if (Number(row?.count ?? 0) >= CHANNEL_LIMITS.codesAskedMax)
    throw new Problem("too-many", { what: "codes in ten minutes", limit: CHANNEL_LIMITS.codesAskedMax });
}

/** One statement: of two who send the same code at the same time, one is linked. */
async function take(tx: GateTransaction, channel: string, code: string, at: Date): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ person_id: string }[]>`
    UPDATE gate.channel_codes SET used_at = ${at}
    WHERE code_digest = ${digestOf(channel, code)} AND channel_id = ${channel} AND address = ''
      AND used_at IS NULL AND expires_at > ${at}
    RETURNING person_id`;
  return row?.person_id ?? null;
}

/** The newest code that was sent to the person; a wrong one uses up one of its tries. */
async function takeTyped(
  tx: GateTransaction,
  channel: string,
  person: string,
  code: string,
  at: Date,
): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ code_digest: string; address: string }[]>`
    UPDATE gate.channel_codes SET tries = tries + 1
    WHERE code_digest = (
        SELECT code_digest FROM gate.channel_codes
        WHERE channel_id = ${channel} AND person_id = ${person} AND address <> ''
        ORDER BY created_at DESC LIMIT 1 FOR UPDATE)
      AND used_at IS NULL AND expires_at > ${at} AND tries < ${CHANNEL_LIMITS.codeTriesMax}
    RETURNING code_digest, address`;
  if (row === undefined || row.code_digest !== digestOf(channel, code)) return null;
  await tx.$executeRaw`UPDATE gate.channel_codes SET used_at = ${at} WHERE code_digest = ${row.code_digest}`;
  return row.address;
}

async function insert(
  tx: GateTransaction,
  organization: string,
  made: { channel: string; person: string; address: string; label: string },
): Promise<Link> {
  const { channel, person, address, label } = made;
  // An address is one member's: who links it last has it.
  await tx.$executeRaw`
    DELETE FROM gate.channel_links
    WHERE channel_id = ${channel} AND ((address = ${address} AND address <> '') OR person_id = ${person})`;
  const [count] = await tx.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) FROM gate.channel_links WHERE person_id = ${person}`;
  if (Number(count?.count ?? 0) >= CHANNEL_LIMITS.linksPerPersonMax)
    throw new Problem("too-many", { what: "channels", limit: CHANNEL_LIMITS.linksPerPersonMax });
  const [row] = await tx.$queryRaw<Row[]>`
    INSERT INTO gate.channel_links (organization_id, id, channel_id, person_id, address, label, position)
    VALUES (${organization}, ${randomBytes(12).toString("hex")}, ${channel}, ${person}, ${address},
      ${label.slice(0, 100)}, ${Number(count?.count ?? 0)})
    RETURNING *`;
  if (row === undefined) throw new Problem("internal", { trace: "link" });
  return toLink(row);
}
