/** Small helpers over bytes, so that every digest in the product is made in one way. */
import { createHash } from "node:crypto";

/** SHA-256 over the parts, one after the other. */
export function sha256(...parts: (Uint8Array | string)[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

export function fromHex(hex: string): Uint8Array {
  return Buffer.from(hex, "hex");
}

export function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}

/** Lenient as Node is: where the exact text matters, compare `toBase64Url(fromBase64Url(text))` with it. */
export function fromBase64Url(text: string): Uint8Array {
  return Buffer.from(text, "base64url");
}

/** True when both hold the same bytes. For public values: takes no care about time. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Each field behind its length as eight bytes, big-endian: no two lists of fields have the same encoding. */
export function lengthPrefixed(fields: readonly (Uint8Array | string)[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const field of fields) {
    const bytes = typeof field === "string" ? Buffer.from(field, "utf8") : field;
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(bytes.length));
    parts.push(length, bytes);
  }
  return Buffer.concat(parts);
}
