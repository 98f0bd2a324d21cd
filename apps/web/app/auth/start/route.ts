/** Leaves for the gate to sign in with a passkey. */
import { beginSignIn } from "../../../features/sign-in/commands.ts";
import { localPath } from "../../../features/sign-in/schema.ts";
import { redirectTo } from "../../../server/redirect-to.ts";
import { rememberAttempt } from "../../../server/sign-in-cookies.ts";

export async function GET(request: Request): Promise<Response> {
  const { pending, location } = beginSignIn(localPath(new URL(request.url).searchParams.get("return")));
  await rememberAttempt(JSON.stringify(pending));
  return redirectTo(location);
}
