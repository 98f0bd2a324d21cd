/**
 * The headers of every answer. Nothing inline, nothing from elsewhere, no frames, no string becomes code: whatever an agent manages to write
 * into a commit, it stays text (attacks W9 and W10).
 */
import type { MiddlewareHandler } from "hono";

/** The one Trusted Types policy: it names the service worker's address and nothing else (browser/service-worker-address.ts). */
export const TRUSTED_TYPES_POLICY = "nightgate-service-worker";

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "frame-src 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
  `trusted-types ${TRUSTED_TYPES_POLICY}`,
].join("; ");

const PERMISSIONS_POLICY = [
  "publickey-credentials-get=(self)",
  "publickey-credentials-create=(self)",
  ...[
    "accelerometer",
    "bluetooth",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
  ].map((feature) => `${feature}=()`),
].join(", ");

/** Sets the headers on every answer, errors included. Pages and data are never stored; assets say otherwise themselves. */
export function securityHeaders(origin: string): MiddlewareHandler {
  const secure = origin.startsWith("https:");
  return async (c, next) => {
    await next();
    const { headers } = c.res;
    headers.set("content-security-policy", CONTENT_SECURITY_POLICY);
    headers.set("cross-origin-opener-policy", "same-origin");
    headers.set("cross-origin-embedder-policy", "require-corp");
    headers.set("cross-origin-resource-policy", "same-origin");
    headers.set("x-content-type-options", "nosniff");
    headers.set("x-frame-options", "DENY");
    headers.set("referrer-policy", "no-referrer");
    headers.set("permissions-policy", PERMISSIONS_POLICY);
    if (secure) headers.set("strict-transport-security", "max-age=31536000");
    if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  };
}
