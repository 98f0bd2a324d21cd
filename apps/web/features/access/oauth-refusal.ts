/** How OAuth's own addresses say no: an error from a closed list and a sentence (RFC 6749 section 5.2, RFC 7591 section 3.2.2, RFC 8628 section 3.5). */
import { Problem } from "@nightgate/shared/problems";
import { answered } from "../../server/route.ts";

export type OauthError =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "invalid_scope"
  | "invalid_target"
  | "invalid_redirect_uri"
  | "invalid_client_metadata"
  | "unsupported_grant_type"
  | "unsupported_response_type"
  | "access_denied"
  | "authorization_pending"
  | "slow_down"
  | "expired_token";

/** A Problem that leaves as OAuth's error. */
export function refuse(error: OauthError, why: string): Problem {
  return new Problem("oauth.refused", { error, why });
}

/** Runs `work` and answers in OAuth's form: JSON that nobody keeps. */
export async function answeredAsOauth(work: () => Promise<unknown>): Promise<Response> {
  return await answered(async () => {
    try {
      const result = await work();
      return result instanceof Response ? result : json(result ?? {}, 200);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return json({ error: errorOf(error), error_description: error.message }, error.http);
    }
  });
}

/** JSON that nobody keeps (RFC 6749 section 5.1). */
export function json(body: unknown, status: number): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store" } });
}

function errorOf(problem: Problem): string {
  if (problem.code === "oauth.refused" && "error" in problem.details) return String(problem.details.error);
  return problem.retry === "later" ? "temporarily_unavailable" : "invalid_request";
}
