/** What the gate tells web about a person who has just shown a passkey: a JWT signed with the gate's Ed25519 key, audience web, valid for a minute. */
import { z } from "zod";
import { organizationId, personId } from "./ids.ts";

export const signInClaims = z.object({
  person: personId,
  name: z.string(),
  organizations: z.array(
    z.object({ id: organizationId, name: z.string(), role: z.enum(["owner", "admin", "member", "viewer"]) }),
  ),
});
export type SignInClaims = z.infer<typeof signInClaims>;

/**
 * The flow (OAuth's authorization code with PKCE, RFC 6749 and 7636, cut to the one client that exists):
 * 1. web sends the browser to `<gate>/sign-in?state=S&challenge=C` (C = base64url SHA-256 of a verifier that web keeps in a cookie).
 * 2. The gate verifies the passkey and sends the browser to `<web>/auth/callback?state=S&code=K`.
 * 3. web posts {code, verifier} to `<gate>/api/token` (at 127.0.0.1) and gets {token}.
 * 4. web verifies the token with the key of `<gate>/api/keys` (a JWKS).
 */
export const tokenRequest = z.strictObject({
  code: z.string().min(20).max(200),
  verifier: z.string().min(43).max(128),
});
export const tokenAnswer = z.object({ token: z.string() });
export const SIGN_IN_AUDIENCE = "nightgate-web";
export const SIGN_IN_ISSUER = "nightgate-gate";
