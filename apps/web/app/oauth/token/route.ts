/** Codes, refresh tokens and device codes become tokens here (RFC 6749 section 3.2, RFC 8628 section 3.4). Cookies count for nothing. */
import { answerToken } from "../../../features/access/authorization.ts";
import { answeredAsOauth } from "../../../features/access/oauth-refusal.ts";
import { readForm, tokenForm } from "../../../features/access/schema.ts";

export async function POST(request: Request): Promise<Response> {
  return await answeredAsOauth(async () => await answerToken(await readForm(tokenForm, request)));
}
