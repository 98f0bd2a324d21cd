/** The gate's session cookie, and who is behind a request. The cookie is host-only: no other host name, web's included, ever gets it. */
import { Problem } from "@nightgate/shared/problems";
import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Passkeys, SignedIn } from "../core/ports.ts";

export interface PagesEnv {
  Variables: { signedIn: SignedIn | null };
}
export type PagesContext = Context<PagesEnv>;

const SESSION_DAYS = 30;

export interface SessionCookie {
  read(c: Context): string | undefined;
  write(c: Context, token: string): void;
  clear(c: Context): void;
}

/** `__Host-` where TLS allows it: then the browser itself refuses a cookie that a sibling host name tries to plant. */
export function sessionCookie(origin: string): SessionCookie {
  const secure = origin.startsWith("https:");
  const name = secure ? "__Host-nightgate-gate" : "nightgate-gate";
  // Lax and not Strict: a link to one hold, and web's redirect to sign-in, come from another site and are plain GETs.
  const options = {
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    secure,
    maxAge: SESSION_DAYS * 86_400,
  } as const;
  return {
    read: (c) => getCookie(c, name),
    write: (c, token) => setCookie(c, name, token, options),
    clear: (c) => void deleteCookie(c, name, { path: "/", secure }),
  };
}

/** Looks up who is signed in, once per request. */
export function withSession(
  cookie: SessionCookie,
  passkeys: Pick<Passkeys, "session">,
): MiddlewareHandler<PagesEnv> {
  return async (c, next) => {
    const token = cookie.read(c);
    c.set("signedIn", token === undefined ? null : await passkeys.session(token));
    await next();
  };
}

/** The person behind the request, or Problem sign-in.required. */
export function signedIn(c: PagesContext): SignedIn {
  const person = c.get("signedIn");
  if (person === null) throw new Problem("sign-in.required", {});
  return person;
}

/**
 * The organization that a page is about: the one named by `?organization=`, else the person's first.
 * One that is not theirs answers as one that does not exist (invariant 9).
 */
export function organizationOf(c: PagesContext): { id: string; name: string; role: string } {
  const { organizations } = signedIn(c);
  const asked = c.req.query("organization");
  const found = asked === undefined ? organizations[0] : organizations.find((each) => each.id === asked);
  if (found === undefined) throw new Problem("not-found", { what: "organization" });
  return found;
}
