/** Headers as pairs, in order and with repetitions, and the rules for which of them cross the gate. */
export type HeaderPairs = [name: string, value: string][];

/** Meant for the next hop only (RFC 9110 section 7.6.1), or for a proxy. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-authentication-info",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** Keeps what `allowed` names or prefixes; everything else an agent says stays here. */
export function pickHeaders(
  raw: readonly string[],
  allowed: ReadonlySet<string>,
  prefixes: readonly string[] = [],
): HeaderPairs {
  return pairsOf(raw).filter(([name]) => {
    const lower = name.toLowerCase();
    return (
      !HOP_BY_HOP.has(lower) && (allowed.has(lower) || prefixes.some((prefix) => lower.startsWith(prefix)))
    );
  });
}

/** What of an upstream's answer goes to a workstation: all but hop-by-hop headers, those that Connection names, and `dropped`. */
export function answerHeaders(headers: HeaderPairs, dropped: ReadonlySet<string>): HeaderPairs {
  const named = headers
    .filter(([name]) => name.toLowerCase() === "connection")
    .flatMap(([, value]) => value.split(","));
  const alsoHop = new Set(named.map((name) => name.trim().toLowerCase()));
  return headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return !HOP_BY_HOP.has(lower) && !alsoHop.has(lower) && !dropped.has(lower);
  });
}

/** Flat lists of names and values, as node:http and undici keep them, as pairs. */
export function pairsOf(raw: unknown): HeaderPairs {
  const flat = Array.isArray(raw) ? (raw as unknown[]).map(asText) : [];
  const pairs: HeaderPairs = [];
  for (let at = 0; at + 1 < flat.length; at += 2) pairs.push([flat[at] ?? "", flat[at + 1] ?? ""]);
  return pairs;
}

/** The first value of `name`, or null. */
export function headerOf(headers: HeaderPairs, name: string): string | null {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1] ?? null;
}

function asText(part: unknown): string {
  return Buffer.isBuffer(part) ? part.toString("latin1") : String(part);
}
