/** What a device sends back when it has shown a message. It travels inside the encrypted message, so only that device and the gate know it; it proves nothing but that. */
import { createHmac, timingSafeEqual } from "node:crypto";

const DOMAIN = "nightgate.push-shown.v2";

/** What was shown: a row of the outbox, a test that went out at an instant, or what is remembered nowhere. */
export type ShownWhat =
  | { kind: "message"; organization: string; id: bigint }
  | { kind: "test"; at: number }
  | { kind: "other" };

/** The device's word: its id, what it is to have shown, and a MAC of both under the gate's own key. */
export function shownToken(key: string, subscription: string, what: ShownWhat): string {
  return signed(key, subscription, nameOf(what));
}

function signed(key: string, subscription: string, name: string): string {
  const mac = createHmac("sha256", key).update(`${DOMAIN}\n${subscription}\n${name}`).digest("base64url");
  return `${subscription}.${name}.${mac}`;
}

function nameOf(what: ShownWhat): string {
  if (what.kind === "message") return `m:${what.organization}:${what.id}`;
  return what.kind === "test" ? `t:${what.at}` : "x";
}

/** Whose word it is, and about what; null for one that the gate did not make. */
export function readShownToken(key: string, token: string): { subscription: string; what: ShownWhat } | null {
  const [subscription = "", name = ""] = token.split(".");
  const [expected, given] = [Buffer.from(signed(key, subscription, name)), Buffer.from(token)];
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return null;
  const [kind, first = "", second = ""] = name.split(":");
  if (kind === "m")
    return { subscription, what: { kind: "message", organization: first, id: BigInt(second) } };
  return { subscription, what: kind === "t" ? { kind: "test", at: Number(first) } : { kind: "other" } };
}
