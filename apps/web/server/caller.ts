/** Who asks where both pages and programs ask: with a token that token alone counts, without one the browser's session does. */
import { Problem } from "@nightgate/shared/problems";
import { webConfig } from "../env.ts";
import { accessOrRefuse, type Scope } from "./access-token.ts";
import { type Member, memberOrRefuse } from "./member.ts";

/** The member and what is allowed in their name. Throws Problem token.refused, sign-in.required or membership.ended. */
export async function callerOrRefuse(
  request: Request,
  resource: string,
): Promise<{ member: Member; scope: Scope }> {
  if (request.headers.has("authorization")) return await accessOrRefuse(request, resource);
  // A cookie counts for our own pages alone. A program that names no origin has a token, or is nobody.
  if (request.headers.get("origin") !== webConfig().webOrigin) throw new Problem("sign-in.required", {});
  return { member: await memberOrRefuse(), scope: "act" };
}
