/** MCP over streamable HTTP (2025-06-18), for people's own programs. A program without a token is told where to ask for one (RFC 9728). */
import { Problem } from "@nightgate/shared/problems";
import { challengeHeader } from "../../features/access/metadata.ts";
import { resources } from "../../features/access/schema.ts";
import { answerMcp } from "../../features/verbs/mcp-server.ts";
import { accessOrRefuse } from "../../server/access-token.ts";
import { answered } from "../../server/route.ts";

export async function POST(request: Request): Promise<Response> {
  const answer = await answered(async () => {
    const access = await accessOrRefuse(request, resources().mcp);
    return await answerMcp(request, access);
  });
  if (answer.status === 401)
    answer.headers.set(
      "www-authenticate",
      challengeHeader(request.headers.has("authorization") ? "invalid_token" : null),
    );
  return answer;
}

/** There is no stream to open and no session to end: every request stands alone. Without a token even that is not said. */
export async function GET(request: Request): Promise<Response> {
  const answer = await answered(async () => {
    await accessOrRefuse(request, resources().mcp);
    throw new Problem("method.refused", { method: request.method });
  });
  if (answer.status === 401) answer.headers.set("www-authenticate", challengeHeader(null));
  return answer;
}

export const DELETE = GET;
