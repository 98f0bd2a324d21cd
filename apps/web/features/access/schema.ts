/** What programs and people send about access, and the addresses that tokens are for. */
import { z } from "zod";
import { limits } from "../../limits.ts";
import { SCOPES, type Scope } from "../../server/access-token.ts";
import { addresses } from "../../server/addresses.ts";
import { bodyText } from "../../server/route.ts";
import { refuse } from "./oauth-refusal.ts";

/** Whom a token is for (RFC 8707): the command line's are for the API of verbs, those of MCP clients for MCP and nothing else. */
export function resources(): { verbs: string; mcp: string } {
  const { webOrigin } = addresses();
  return { verbs: webOrigin, mcp: `${webOrigin}/mcp` };
}

/** The largest right that a scope asks for; what we do not know in it is left out (RFC 6749 section 3.3). Nothing asked for is everything. */
export function readScope(asked: string | undefined): Scope {
  const words = (asked ?? "").split(" ");
  return words.includes("read") && !words.includes("act") ? "read" : "act";
}

const text = z.string().min(1).max(2_000);

export const deviceLoginForm = z.object({
  client_id: text,
  scope: text.optional(),
  machine: z.string().max(100).default(""),
});

export const tokenForm = z.discriminatedUnion("grant_type", [
  z.object({
    grant_type: z.literal("authorization_code"),
    code: text,
    client_id: text,
    code_verifier: z.string().regex(/^[A-Za-z0-9._~-]{43,128}$/),
    redirect_uri: text.optional(),
    resource: text.optional(),
  }),
  z.object({
    grant_type: z.literal("refresh_token"),
    refresh_token: text,
    client_id: text,
    resource: text.optional(),
  }),
  z.object({
    grant_type: z.literal("urn:ietf:params:oauth:grant-type:device_code"),
    device_code: text,
    client_id: text,
  }),
]);
export type TokenForm = z.infer<typeof tokenForm>;

export const revocationForm = z.object({ token: text, client_id: text });

/** The query of /oauth/authorize, which the page hands back with the person's decision. */
export const authorizationRequest = z.object({
  response_type: z.literal("code"),
  client_id: text,
  redirect_uri: text.optional(),
  code_challenge: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  code_challenge_method: z.literal("S256"),
  state: z.string().max(2_000).optional(),
  scope: z.string().max(1_000).optional(),
  resource: text.optional(),
});
export type AuthorizationRequest = z.infer<typeof authorizationRequest>;

const decision = z.enum([...SCOPES, "refuse"]);

/** A person's answer to a program that asks in their browser, for the organization that the page showed. */
export const consentInput = z.object({
  request: authorizationRequest,
  decision,
  organization: z.string().max(100),
});
export const deviceDecisionInput = z.object({
  code: z.string().max(100),
  decision,
  organization: z.string().max(100),
});
export const deviceCodeInput = z.object({ code: z.string().max(100) });
export const revokeInput = z.object({ access: z.string().max(100) });

/** A form (RFC 6749 appendix B), each name once. Throws OAuth's invalid_request, or unsupported_grant_type. */
export async function readForm<Schema extends z.ZodType>(
  schema: Schema,
  request: Request,
): Promise<z.infer<Schema>> {
  const kind = (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (kind !== "application/x-www-form-urlencoded") throw refuse("invalid_request", "it is not a form");
  const form = new URLSearchParams(await bodyText(request, limits.formBytesMax));
  const names = [...form.keys()];
  if (new Set(names).size !== names.length) throw refuse("invalid_request", "a name stands in it twice");
  const read = schema.safeParse(Object.fromEntries(form));
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  if (issue?.code === "invalid_union")
    throw refuse("unsupported_grant_type", "this grant type is not known here");
  throw refuse("invalid_request", `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "it cannot be read"}`);
}
