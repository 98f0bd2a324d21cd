/** Tokens of a login: asked for with a device code, renewed, handed back. */
import { systemClock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { LIMITS } from "../limits.ts";
import type { Login } from "./login-file.ts";
import { post } from "./web.ts";

/** As web knows this program (apps/web/features/access/clients.ts). */
export const CLIENT = "nightgate-cli";

const tokens = z.object({
  access_token: z.string(),
  expires_in: z.number(),
  refresh_token: z.string(),
  scope: z.string(),
  person_name: z.string().default(""),
  organization_name: z.string().default(""),
});
const refusal = z.object({ error: z.string(), error_description: z.string().default("") });

export type TokenAnswer = { login: Login } | { error: string; why: string };

/** Asks web's token address. What it refuses is an answer here: while a person decides, that is the ordinary one. */
export async function askForTokens(origin: string, form: Record<string, string>): Promise<TokenAnswer> {
  const { status, text } = await post(
    origin,
    "/oauth/token",
    new URLSearchParams({ client_id: CLIENT, ...form }),
    { msMax: LIMITS.tokenAnswerMsMax },
  );
  const body = parsed(text);
  const read = tokens.safeParse(body);
  if (status === 200 && read.success) {
    return { login: loginOf(origin, read.data) };
  }
  const refused = refusal.safeParse(body);
  if (refused.success) return { error: refused.data.error, why: refused.data.error_description };
  throw new Problem("web.away", { origin, why: `it answered ${status}` });
}

function loginOf(origin: string, answer: z.infer<typeof tokens>): Login {
  return {
    origin,
    accessToken: answer.access_token,
    accessUntil: systemClock.now() + answer.expires_in * 1000,
    refreshToken: answer.refresh_token,
    scope: answer.scope,
    personName: answer.person_name,
    organizationName: answer.organization_name,
  };
}

/** The login with new tokens. Throws Problem login.required when what is kept is worth nothing any more. */
export async function renewed(login: Login): Promise<Login> {
  const answer = await askForTokens(login.origin, {
    grant_type: "refresh_token",
    refresh_token: login.refreshToken,
  });
  if ("login" in answer) {
    const { personName, organizationName } = login;
    return { ...answer.login, personName, organizationName };
  }
  if (answer.error === "temporarily_unavailable")
    throw new Problem("web.away", { origin: login.origin, why: answer.why });
  throw new Problem("login.required", {});
}

/** Ends at web what the login was granted. */
export async function handBack(login: Login): Promise<void> {
  const form = new URLSearchParams({ client_id: CLIENT, token: login.refreshToken });
  const { status } = await post(login.origin, "/oauth/revoke", form);
  if (status !== 200) throw new Problem("web.away", { origin: login.origin, why: `it answered ${status}` });
}

/** JSON, or null: what is no JSON is told by its status. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
