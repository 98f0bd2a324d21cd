/** When a provider's limit ends, by its own headers: Anthropic's and OpenAI's, and Retry-After, which outranks them. */
import { headerOf, type HeaderPairs } from "../../net/headers.ts";
import { MODEL_LIMITS } from "./limits.ts";
import { retryAfterSeconds } from "./retry-after.ts";

/** Statuses that end by themselves. */
const LIMITED: ReadonlySet<number> = new Set([429, 529]);

/** Each limit has a header that says what is left of it and one that says when it is whole again. */
const WINDOWS: readonly { reset: string; left: string }[] = [
  ...["requests", "tokens", "input-tokens", "output-tokens", "unified"].map((name) => ({
    reset: `anthropic-ratelimit-${name}-reset`,
    left: `anthropic-ratelimit-${name}-remaining`,
  })),
  ...["requests", "tokens"].map((name) => ({
    reset: `x-ratelimit-reset-${name}`,
    left: `x-ratelimit-remaining-${name}`,
  })),
];

/** Milliseconds since the epoch; null where the answer is no limit, or does not say. */
export function resetAtMs(status: number, headers: HeaderPairs, nowMs: number): number | null {
  if (!LIMITED.has(status)) return null;
  const told = retryAfterSeconds(headerOf(headers, "retry-after"), nowMs);
  if (told !== null) return nowMs + told * 1000;
  const windows = WINDOWS.flatMap(({ reset, left }) => {
    const at = instant(headerOf(headers, reset), nowMs);
    return at === null ? [] : [{ at, isUsedUp: headerOf(headers, left) === "0" }];
  });
  const usedUp = windows.filter(({ isUsedUp }) => isUsedUp).map(({ at }) => at);
  const at = usedUp.length > 0 ? Math.max(...usedUp) : Math.min(...windows.map((each) => each.at));
  return Number.isFinite(at) ? Math.min(at, nowMs + MODEL_LIMITS.retryAfterSecondsMax * 1000) : null;
}

/** An instant (RFC 3339), seconds since the epoch, or a duration such as `6m0s`, `1.5s` or `20ms`. Null for what is past, or none of them. */
function instant(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  const text = value.trim();
  const at = /^\d{10}$/u.test(text) ? Number(text) * 1000 : (durationMs(text, nowMs) ?? Date.parse(text));
  return Number.isFinite(at) && at > nowMs ? at : null;
}

const UNITS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

function durationMs(text: string, nowMs: number): number | null {
  if (!/^(?:\d{1,9}(?:\.\d{1,9})?(?:ms|[dhms]))+$/u.test(text)) return null;
  let total = nowMs;
  for (const [, count = "0", unit = "s"] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/gu))
    total += Number(count) * (UNITS[unit] ?? 0);
  return Math.ceil(total);
}
