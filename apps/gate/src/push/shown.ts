/** What a device sends back when it has shown a message. It travels inside the encrypted message, so only that device and the gate know it; it proves nothing but that. */
import { createHmac, timingSafeEqual } from "node:crypto";

const DOMAIN = "nightgate.push-shown.v1";

/** The device's word: its id and a MAC of it under the gate's own key. */
export function shownToken(key: string, subscription: string): string {
  const mac = createHmac("sha256", key).update(`${DOMAIN}\n${subscription}`).digest("base64url");
  return `${subscription}.${mac}`;
}

/** Whose word it is; null for one that the gate did not make. */
export function readShownToken(key: string, token: string): string | null {
  const [subscription = ""] = token.split(".");
  const [expected, given] = [Buffer.from(shownToken(key, subscription)), Buffer.from(token)];
  return expected.length === given.length && timingSafeEqual(expected, given) ? subscription : null;
}
