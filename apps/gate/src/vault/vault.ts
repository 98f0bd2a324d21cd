/**
 * Secrets at rest: AES-256-GCM under a data key of their own, which the master key on the gate's disk wraps. Both layers are bound to installation,
 * organization, resource, slot and commitment: a sealed secret that is moved to another row does not open. Clear text exists in memory only.
 */
import { createCipheriv, createDecipheriv, randomBytes, timingSafeEqual } from "node:crypto";
import type { GateDatabase } from "@nightgate/db/gate";
import { sha256, toHex } from "@nightgate/evidence/bytes";
import { canonicalJson } from "@nightgate/evidence/jcs";
import { SECRET_SLOTS, type SecretSlot } from "@nightgate/shared/actions";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import type { Vault } from "../core/ports.ts";
import type { SecretSlotRow } from "../core/store-ports.ts";

export interface GateVault extends Vault {
  seal(organization: string, secret: { resource: string; slot: string; value: string }): SecretSlotRow;
  /** True when it opens and is the secret that was committed to. */
  isSound(organization: string, secret: Omit<SecretSlotRow, "id">): boolean;
  /** Which slots have an active secret, and since when. */
  list(organization: string): Promise<{ resource: string; slot: SecretSlot; since: Date }[]>;
}

const box = z.tuple([z.string(), z.string(), z.string()]);
const envelope = z.object({ v: z.literal(1), key: box, secret: box });
const clear = z.object({ salt: z.string(), value: z.string() });
const slots = z.enum(SECRET_SLOTS);
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const SALT_BYTES = 32;

type Place = Omit<SecretSlotRow, "id" | "sealed">;

export function createVault({
  db,
  master,
  installation,
}: {
  db: GateDatabase;
  master: Buffer;
  installation: string;
}): GateVault {
  const { seal, unseal } = createSealer(master, installation);
  return {
    seal,
    isSound: (organization, { sealed, ...place }) => {
      try {
        return unseal(organization, place, sealed).length > 0;
      } catch {
        return false; // Whatever is wrong with it: it is not the secret that was signed for.
      }
    },
    open: async (organization, resource, slot) => {
      const row = await db.asOrganization(
        organization,
        async (tx) =>
          await tx.gateSecrets.findFirst({ where: { resourceId: resource, slot, state: "active" } }),
      );
      if (!row) return null;
      const { commitment, sealed } = row;
      try {
        return unseal(organization, { resource, slot, commitment }, sealed);
      } catch (cause) {
        // The cause may quote what it could not read: it stays here (invariant 2).
        throw cause instanceof Problem
          ? cause
          : new Problem("secret.unreadable", { why: "it does not open with this gate's master key" });
      }
    },
    list: async (organization) => {
      const rows = await db.asOrganization(
        organization,
        async (tx) => await tx.gateSecrets.findMany({ where: { state: "active" }, omit: { sealed: true } }),
      );
      return rows.map((row) => ({
        resource: row.resourceId,
        slot: slots.parse(row.slot),
        since: row.createdAt,
      }));
    },
  };
}

/** Sealing and opening, without rows. */
interface Sealer {
  seal(organization: string, secret: { resource: string; slot: string; value: string }): SecretSlotRow;
  /** Throws for anything but the secret that was committed to. */
  unseal(organization: string, place: Place, sealed: string): string;
}

function createSealer(master: Buffer, installation: string): Sealer {
  const bound = (organization: string, { resource, slot, commitment }: Place): Buffer =>
    Buffer.from(canonicalJson({ v: 1, installation, organization, resource, slot, commitment }));
  return {
    seal: (organization, { resource, slot, value }) => {
      const salt = randomBytes(SALT_BYTES).toString("base64url");
      const place = { resource, slot, commitment: toHex(commit(salt, value)) };
      const [dataKey, aad] = [randomBytes(KEY_BYTES), bound(organization, place)];
      const sealed = {
        v: 1,
        key: closeBox(master, dataKey, aad),
        secret: closeBox(dataKey, Buffer.from(JSON.stringify({ salt, value })), aad),
      };
      return { id: newId("secret"), ...place, sealed: JSON.stringify(sealed) };
    },
    unseal: (organization, place, sealed) => {
      const aad = bound(organization, place);
      const { key, secret } = envelope.parse(JSON.parse(sealed));
      const { salt, value } = clear.parse(
        JSON.parse(openBox(openBox(master, key, aad), secret, aad).toString("utf8")),
      );
      const wanted = Buffer.from(place.commitment, "hex");
      const found = commit(salt, value);
      if (wanted.length !== found.length || !timingSafeEqual(wanted, found))
        throw new Problem("secret.unreadable", { why: "it is not the one that was signed for" });
      return value;
    },
  };
}

function commit(salt: string, value: string): Uint8Array {
  return sha256(Buffer.from(salt, "base64url"), value);
}

function closeBox(key: Uint8Array, text: Uint8Array, aad: Uint8Array): [string, string, string] {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(aad);
  const body = Buffer.concat([cipher.update(text), cipher.final()]);
  return [nonce.toString("base64"), body.toString("base64"), cipher.getAuthTag().toString("base64")];
}

function openBox(key: Uint8Array, [nonce, body, tag]: [string, string, string], aad: Uint8Array): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"), { authTagLength: 16 })
    .setAAD(aad)
    .setAuthTag(Buffer.from(tag, "base64"));
  return Buffer.concat([decipher.update(Buffer.from(body, "base64")), decipher.final()]);
}
