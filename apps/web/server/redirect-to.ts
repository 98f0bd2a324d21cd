/** A redirect that is never cached. Paths are led to our own configured origin, not to whatever host the request named. */
import { webConfig } from "../env.ts";

export function redirectTo(location: string): Response {
  const target = new URL(location, webConfig().webOrigin).href;
  return new Response(null, { status: 303, headers: { location: target, "cache-control": "no-store" } });
}
