import { Problem } from "@nightgate/shared/problems";
/** Comes back from the gate: the code becomes a session. What goes wrong is said on the door, in words. */
import { finishSignIn, resumeSignIn } from "../../../features/sign-in/commands.ts";
import { callbackInput } from "../../../features/sign-in/schema.ts";
import { deviceOf } from "../../../server/device.ts";
import { redirectTo } from "../../../server/redirect-to.ts";
import { setSessionCookie, takeAttempt } from "../../../server/sign-in-cookies.ts";

export async function GET(request: Request): Promise<Response> {
  const attempt = await takeAttempt();
  try {
    const input = callbackInput.safeParse(Object.fromEntries(new URL(request.url).searchParams));
    if (!input.success) throw new Problem("sign-in.failed", { why: "the gate's answer is not complete" });
    const pending = resumeSignIn(attempt, input.data.state);
    const { token } = await finishSignIn(input.data.code, pending, deviceOf(request));
    await setSessionCookie(token);
    return redirectTo(pending.return);
  } catch (error) {
    if (error instanceof Problem) return redirectTo(`/?problem=${encodeURIComponent(error.code)}`);
    throw error;
  }
}
