/**
 * MCP over streamable HTTP for people's own programs: the same verbs as the command line has, made from the one table. Stateless: each request
 * stands alone with its token, so a restart of web breaks no client.
 */
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
} from "@modelcontextprotocol/sdk/types.js";
import { Problem } from "@nightgate/shared/problems";
import { verbTools } from "@nightgate/shared/verbs/verbs";
import type { Access } from "../../server/access-token.ts";
import { may } from "../../server/may.ts";
import { bodyText } from "../../server/route.ts";
import { callVerb, newCallId, verbArgs } from "./commands.ts";

const INSTRUCTIONS =
  "Nightgate runs coding agents on persistent workstations. You act for a person: queue jobs, look after them, answer questions. What leaves a workstation waits as a hold until a person approves it with a passkey on the gate's own page; no tool here can approve, and none needs to.";

/** Answers one request of a client that was let in. A batch is refused: since 2025-06-18 the protocol has none. */
export async function answerMcp(request: Request, access: Access): Promise<Response> {
  const body = parsed(await bodyText(request));
  const server = serverFor(access, request.signal);
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  const answer = await transport.handleRequest(request, { parsedBody: body });
  answer.headers.set("cache-control", "no-store");
  return answer;
}

function parsed(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
  } catch (error) {
    throw new Problem("input.invalid", { why: "the body is not JSON" }, { cause: error });
  }
  throw new Problem("input.invalid", { why: "the body is not one message" });
}

function serverFor(access: Access, signal: AbortSignal): Server {
  const server = new Server(
    { name: "nightgate", title: "Nightgate", version: "0.1.0" },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );
  const acts = access.scope === "act" && may(access.member, "jobs.act");
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: verbTools("person").filter(({ annotations }) => acts || annotations.readOnlyHint),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const ask = {
      ...access,
      verb: params.name,
      id: newCallId(),
      args: verbArgs.parse(params.arguments ?? {}),
      signal: AbortSignal.any([signal, extra.signal]),
    };
    try {
      const outcome = await callVerb(ask);
      return outcome.ok ? told(outcome.result) : refused(outcome.problem.detail);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === "verb.unknown") throw new McpError(ErrorCode.InvalidParams, error.message);
      return refused(error.message);
    }
  });
  return server;
}

/** As text too, for clients that read no structure. */
function told(result: Record<string, unknown>): CallToolResult {
  return { content: [{ type: "text", text: JSON.stringify(result, null, 2) }], structuredContent: result };
}

function refused(words: string): CallToolResult {
  return { content: [{ type: "text", text: words }], isError: true };
}
