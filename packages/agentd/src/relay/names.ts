/**
 * Gives every name an address of its own in 127.64.0.0/10, so that a connection to the address says which name was meant.
 * The same name gets the same address again where that is possible; the names that were used longest ago make room.
 */
import { createHash } from "node:crypto";
import { LIMITS } from "../limits.ts";

export interface Names {
  /** The address of a name; made if needed. Null when every address that could make room is in use. */
  addressOf(name: string): string | null;
  nameOf(address: string): string | null;
}

const FIRST = ((127 << 24) | (64 << 16)) >>> 0;
const HOST_BITS = 22;

/** `mayEvict` says whether a name can go (nothing is connected to it); `onEvict` closes what listens for it. */
export function createNames(options: {
  mayEvict: (address: string) => boolean;
  onEvict: (address: string) => void;
}): Names {
  // In order of last use: Map keeps the order of insertion.
  const byName = new Map<string, string>();
  const byAddress = new Map<string, string>();
  const makeRoom = (): boolean => {
    if (byName.size < LIMITS.namesMax) return true;
    for (const [name, address] of byName) {
      if (!options.mayEvict(address)) continue;
      byName.delete(name);
      byAddress.delete(address);
      options.onEvict(address);
      return true;
    }
    return false;
  };
  return {
    nameOf: (address) => byAddress.get(address) ?? null,
    addressOf: (name) => {
      const known = byName.get(name);
      if (known !== undefined) {
        byName.delete(name);
        byName.set(name, known);
        return known;
      }
      if (!makeRoom()) return null;
      let number = createHash("sha256").update(name).digest().readUInt32BE(0) >>> (32 - HOST_BITS);
      let address = dotted(number);
      while (byAddress.has(address) || number === 0) {
        number = (number + 1) % 2 ** HOST_BITS;
        address = dotted(number);
      }
      byName.set(name, address);
      byAddress.set(address, name);
      return address;
    },
  };
}

function dotted(number: number): string {
  const address = (FIRST + number) >>> 0;
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** The name in the one form that is used everywhere, or null if it is none that the gate could be asked for: at least two labels, no address. */
export function canonicalName(raw: string): string | null {
  const name = raw.toLowerCase().replace(/\.$/, "");
  if (name.length > 253) return null;
  const labels = name.split(".");
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label))) return null;
  return /^\d+$/.test(labels.at(-1) ?? "") ? null : name;
}
