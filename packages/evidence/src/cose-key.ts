/** Reads the COSE keys (RFC 9052, section 7) that authenticators make, for the three algorithms that Nightgate accepts: -7 ES256, -8 EdDSA, -257 RS256. */
import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { fromBase64Url, toBase64Url } from "./bytes.ts";

export interface PasskeyKey {
  algorithm: -7 | -8 | -257;
  key: KeyObject;
}

type CborValue = number | Uint8Array;

const NEGATIVE = 1;
const BYTES = 2;
const MAP = 5;

/** The key in `cose` (base64url); null for anything but the exact shapes of the three algorithms. */
export function readCoseKey(cose: string): PasskeyKey | null {
  const map = readMap(fromBase64Url(cose));
  if (!map) return null;
  const jwk = toJwk(map);
  if (!jwk) return null;
  try {
    return { algorithm: jwk.algorithm, key: createPublicKey({ key: jwk.jwk, format: "jwk" }) };
  } catch {
    return null; // A point that is not on the curve, a modulus that is no number: no key.
  }
}

function toJwk(map: Map<number, CborValue>): { algorithm: PasskeyKey["algorithm"]; jwk: JsonWebKey } | null {
  const [kty, alg] = [map.get(1), map.get(3)];
  const text = (label: number): string => {
    const value = map.get(label);
    return value instanceof Uint8Array ? toBase64Url(value) : "";
  };
  if (kty === 2 && alg === -7 && map.get(-1) === 1)
    return { algorithm: -7, jwk: { kty: "EC", crv: "P-256", x: text(-2), y: text(-3) } };
  if (kty === 1 && alg === -8 && map.get(-1) === 6)
    return { algorithm: -8, jwk: { kty: "OKP", crv: "Ed25519", x: text(-2) } };
  if (kty === 3 && alg === -257) return { algorithm: -257, jwk: { kty: "RSA", n: text(-1), e: text(-2) } };
  return null;
}

/** A definite-length CBOR map of integers to integers and byte strings, and nothing behind it. */
function readMap(bytes: Uint8Array): Map<number, CborValue> | null {
  let at = 0;
  const head = (): { major: number; value: number } | null => {
    const first = bytes[at++];
    if (first === undefined) return null;
    const short = first & 31;
    if (short < 24) return { major: first >> 5, value: short };
    const width = { 24: 1, 25: 2, 26: 4 }[short];
    if (width === undefined || at + width > bytes.length) return null;
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + (bytes[at++] ?? 0);
    return { major: first >> 5, value };
  };
  const item = (): CborValue | null => {
    const start = head();
    if (!start || start.major > BYTES) return null;
    if (start.major === BYTES) {
      if (at + start.value > bytes.length) return null;
      at += start.value;
      return bytes.subarray(at - start.value, at);
    }
    return start.major === NEGATIVE ? -1 - start.value : start.value;
  };
  const start = head();
  if (!start || start.major !== MAP) return null;
  const map = new Map<number, CborValue>();
  for (let i = 0; i < start.value; i++) {
    const [label, value] = [item(), item()];
    if (typeof label !== "number" || value === null || map.has(label)) return null;
    map.set(label, value);
  }
  return at === bytes.length ? map : null;
}
