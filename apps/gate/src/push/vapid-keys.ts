/** The gate's own key towards push services (VAPID, RFC 8292): made once, kept on the gate's disk, since every subscription is bound to it. */
import { join } from "node:path";
import webpush from "web-push";
import { z } from "zod";
import { readIfPresent, writeDurably } from "../journal/durable-file.ts";

const keys = z.object({ publicKey: z.string().min(80), privateKey: z.string().min(40) });
export type VapidKeys = z.infer<typeof keys>;

/** Reads the keys from `folder`, or makes them there. Throws for a file that is there and cannot be read: devices would silently go dark. */
export function openVapidKeys(folder: string): VapidKeys {
  const path = join(folder, "vapid.json");
  const present = readIfPresent(path);
  if (present !== null) return keys.parse(JSON.parse(present));
  const made = webpush.generateVAPIDKeys();
  writeDurably(path, JSON.stringify(made));
  return made;
}

/** Whom a push service may write to about us; RFC 8292 wants a mailto: or https: URI. */
export function vapidSubject(origin: string): string {
  const { protocol, hostname } = new URL(origin);
  return protocol === "https:"
    ? origin
    : `mailto:gate@${hostname.endsWith("localhost") ? "nightgate.invalid" : hostname}`;
}
