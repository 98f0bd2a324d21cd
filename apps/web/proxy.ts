/**
 * What every request meets first: the exact host, the origin of whatever changes something, and the headers that keep a page to itself.
 * Decides nothing about who somebody is: that is server/session.ts.
 */
import { type NextRequest, NextResponse } from "next/server";
import { isDevelopment, webConfig } from "./env.ts";
import { contentSecurityPolicy, securityHeaders } from "./server/security-headers.ts";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
const HEALTH = "/api/health";
/** Where programs ask with a token of their own and no cookie counts. They name no origin, as a browser always does. */
const FOR_PROGRAMS = /^\/(?:mcp|oauth\/(?:token|register|revoke|device)|api\/verbs\/[a-z_]+)$/;
/** Next's own picture service, which fetches and keeps files for whoever asks. Nothing of ours uses it. */
const PICTURES = "/_next/image";

export function proxy(request: NextRequest): NextResponse {
  const config = webConfig();
  // The launcher asks for health by address; the answer says nothing about anybody.
  if (request.headers.get("host") !== config.webHost && request.nextUrl.pathname !== HEALTH) {
    return refusal(421, `This is not the address of Nightgate. Open ${config.webOrigin}`);
  }
  if (request.nextUrl.pathname.startsWith(PICTURES)) return refusal(404, "There is nothing here.");
  // A browser always says where a mutating request comes from. A foreign page must not act with our cookie.
  const origin = request.headers.get("origin");
  const program = origin === null && FOR_PROGRAMS.test(request.nextUrl.pathname);
  if (!SAFE.has(request.method) && origin !== config.webOrigin && !program) {
    return refusal(403, "The request comes from another origin and was refused. Nothing was changed.");
  }
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(18))).toString("base64");
  const policy = contentSecurityPolicy(nonce, isDevelopment());
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("content-security-policy", policy);
  headers.set("x-nightgate-path", request.nextUrl.pathname + request.nextUrl.search);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  for (const [name, value] of securityHeaders(config.https)) response.headers.set(name, value);
  return response;
}

function refusal(status: number, words: string): NextResponse {
  return new NextResponse(`${words}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
  });
}
