/**
 * RFC 8785 (JCS): one text for one JSON value. What JSON cannot say is refused instead of being left out,
 * so that two different values never have the same digest (attack L7).
 */
import { Problem } from "@nightgate/shared/problems";
import canonicalize from "canonicalize";
import { sha256, toHex } from "./bytes.ts";

/** The canonical text of a plain JSON value. Throws Problem input.invalid for anything else (undefined, dates, lone surrogates, unsafe integers). */
export function canonicalJson(value: unknown): string {
  refuseWhatIsNotJson(value, "$");
  return canonicalize(value) ?? "null";
}

/** SHA-256 over the canonical text, in lower-case hex. */
export function jcsDigest(value: unknown): string {
  return toHex(sha256(canonicalJson(value)));
}

function refuseWhatIsNotJson(value: unknown, path: string): void {
  if (value === null || typeof value === "boolean") return;
  if (typeof value === "string")
    return refuseUnless(value.isWellFormed(), path, "text is not well-formed Unicode");
  if (typeof value === "number") return refuseUnless(isPlainNumber(value), path, "number has no exact form");
  if (Array.isArray(value))
    return value.forEach((entry, index) => refuseWhatIsNotJson(entry, `${path}[${index}]`));
  refuseUnless(isPlainObject(value), path, "value is not JSON");
  for (const [key, entry] of Object.entries(value as Record<string, unknown>)) {
    refuseUnless(key.isWellFormed(), path, "name is not well-formed Unicode");
    refuseWhatIsNotJson(entry, `${path}.${key}`);
  }
}

function isPlainNumber(value: number): boolean {
  return (
    Number.isFinite(value) &&
    (!Number.isInteger(value) || Number.isSafeInteger(value)) &&
    !Object.is(value, -0)
  );
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !("toJSON" in value);
}

function refuseUnless(holds: boolean, path: string, why: string): void {
  if (!holds) throw new Problem("input.invalid", { why: `${path}: the ${why}` });
}
