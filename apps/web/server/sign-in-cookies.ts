/** The two cookies of web: the session, and what one sign-in needs to remember until it comes back. Both host-only and out of scripts' reach. */
import { cookies } from "next/headers";
import { webConfig } from "../env.ts";
import { limits } from "../limits.ts";
import { sessionCookieName } from "./session.ts";

const PENDING = "nightgate-sign-in";
const PENDING_PATH = "/auth";

function attributes(): { httpOnly: true; sameSite: "lax"; secure: boolean } {
  return { httpOnly: true, sameSite: "lax", secure: webConfig().https };
}

/** Remembers an attempt to sign in. */
export async function rememberAttempt(value: string): Promise<void> {
  (await cookies()).set(PENDING, value, {
    ...attributes(),
    path: PENDING_PATH,
    maxAge: limits.signInSeconds,
  });
}

/** What was remembered, once: reading it forgets it. */
export async function takeAttempt(): Promise<string | undefined> {
  const jar = await cookies();
  const value = jar.get(PENDING)?.value;
  jar.set(PENDING, "", { ...attributes(), path: PENDING_PATH, maxAge: 0 });
  return value;
}

export async function setSessionCookie(token: string): Promise<void> {
  (await cookies()).set(sessionCookieName(webConfig().https), token, {
    ...attributes(),
    path: "/",
    maxAge: limits.sessionMs / 1000,
  });
}

/** The session's token, and the cookie is cleared. */
export async function takeSessionCookie(): Promise<string | undefined> {
  const jar = await cookies();
  const name = sessionCookieName(webConfig().https);
  const value = jar.get(name)?.value;
  jar.set(name, "", { ...attributes(), path: "/", maxAge: 0 });
  return value;
}
