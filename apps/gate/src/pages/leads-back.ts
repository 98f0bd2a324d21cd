/**
 * Where a page may lead after a signature: a path of the gate itself or a page of web, and nowhere else.
 * Anything else becomes null; there is no open redirect (attack N4).
 */

/** A path on the gate or a URL on web's origin, normalised; null for everything else. */
export function leadsBack(asked: string | undefined, origin: string, webOrigin: string): string | null {
  if (asked === undefined || asked.length > 2000 || !URL.canParse(asked, origin)) return null;
  const url = new URL(asked, origin);
  if (url.username !== "" || url.password !== "") return null;
  // "/.//evil.example" is a path here, and would be another host when it is followed.
  if (url.origin === origin) return url.pathname.startsWith("//") ? null : url.pathname + url.search;
  return url.origin === webOrigin ? url.href : null;
}

/** True for the parameters with which web sends a browser to sign in (packages/shared/src/sign-in-token.ts). */
export function isWebSignIn(state: string | undefined, challenge: string | undefined): boolean {
  return /^[\w-]{16,200}$/.test(state ?? "") && /^[\w-]{43}$/.test(challenge ?? "");
}

/** web's callback with the single-use code. */
export function webCallback(webOrigin: string, state: string, code: string): string {
  const url = new URL("/auth/callback", webOrigin);
  url.searchParams.set("state", state);
  url.searchParams.set("code", code);
  return url.href;
}
