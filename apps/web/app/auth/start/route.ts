import { organizationId } from "@nightgate/shared/ids";
/** Leaves for the gate to sign in with a passkey. */
import { beginSignIn } from "../../../features/sign-in/commands.ts";
import { localPath } from "../../../features/sign-in/schema.ts";
import { redirectTo } from "../../../server/redirect-to.ts";
import { rememberAttempt } from "../../../server/sign-in-cookies.ts";

export async function GET(request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const organization = organizationId.safeParse(searchParams.get("organization")).data ?? null;
  const { pending, location } = beginSignIn(localPath(searchParams.get("return")), organization);
  await rememberAttempt(JSON.stringify(pending));
  return redirectTo(location);
}
