/** `nightgate mcp`: the verbs as tools of the Model Context Protocol, over stdio. In a workstation agents are given it by agentd; outside it serves a person's own program. */
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import {
  CallToolRequestSchema,
  type CallToolResult,
  ListToolsRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { Problem } from "@nightgate/shared/problems";
import { argumentFaults, verbsFor, verbTools } from "@nightgate/shared/verbs/verbs";
import type { Transport } from "../transport.ts";

const INSTRUCTIONS =
  "The verbs of this Nightgate: jobs, schedules, other agents, people, memory, locks, and what is held. Nothing here approves anything: that takes a person with a passkey. Where an answer says that something waits, end your turn; you are resumed with it.";

export interface McpOptions {
  who: "agent" | "person";
  transport: Transport;
  version: string;
}

/** The server, not connected yet. */
export function mcpServer({ who, transport, version }: McpOptions): Server {
  const server = new Server(
    { name: "nightgate", version },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );
  const verbs = new Map<string, ReturnType<typeof verbsFor>[number][1]>(verbsFor(who));
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: verbTools(who) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }): Promise<CallToolResult> => {
    try {
      const verb = verbs.get(params.name);
      if (verb === undefined) throw new Problem("verb.unknown", { verb: params.name });
      const args = params.arguments ?? {};
      const why = argumentFaults(verb, args);
      if (why !== null) throw new Problem("verb.arguments", { verb: params.name, why });
      const result = await transport.call(params.name, args);
      return { content: [{ type: "text", text: JSON.stringify(result) }], structuredContent: result };
    } catch (error) {
      const text =
        error instanceof Problem ? error.message : "Something went wrong here. Nothing was changed.";
      return { isError: true, content: [{ type: "text", text }] };
    }
  });
  return server;
}

/** Serves on standard input and output until the client goes. */
export async function serveMcp(options: McpOptions): Promise<void> {
  const server = mcpServer(options);
  const closed = new Promise<void>((resolve) => (server.onclose = resolve));
  process.stdin.once("end", () => void server.close());
  await server.connect(new StdioServerTransport());
  await closed;
}
