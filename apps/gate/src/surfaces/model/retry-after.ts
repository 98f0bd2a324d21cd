/** How long an upstream wants to be left alone. */
import { MODEL_LIMITS } from "./limits.ts";

/** `value` is a Retry-After header, seconds or a date (RFC 9110 section 10.2.3). Null if it says nothing usable. */
export function retryAfterSeconds(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  const seconds = /^[0-9]+$/.test(value) ? Number(value) : (Date.parse(value) - nowMs) / 1000;
  if (!Number.isFinite(seconds)) return null;
  return Math.min(Math.max(0, Math.ceil(seconds)), MODEL_LIMITS.retryAfterSecondsMax);
}
