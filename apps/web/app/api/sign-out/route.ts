/** Ends the session of this browser. */
import { signOut } from "../../../features/sign-in/commands.ts";
import { answered } from "../../../server/route.ts";
import { takeSessionCookie } from "../../../server/sign-in-cookies.ts";

export async function POST(): Promise<Response> {
  return await answered(async () => {
    const token = await takeSessionCookie();
    if (token) await signOut(token);
  });
}
