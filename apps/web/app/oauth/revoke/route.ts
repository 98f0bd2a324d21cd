/** A program hands its token back (RFC 7009): everything that was granted with it ends. */
import { revokeByToken } from "../../../features/access/grants.ts";
import { answeredAsOauth } from "../../../features/access/oauth-refusal.ts";
import { readForm, revocationForm } from "../../../features/access/schema.ts";

export async function POST(request: Request): Promise<Response> {
  return await answeredAsOauth(async () => {
    const { token, client_id: client } = await readForm(revocationForm, request);
    await revokeByToken(token, client);
  });
}
