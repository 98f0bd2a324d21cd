/** A model for tests: speaks Anthropic's messages API and OpenAI's responses (streaming), and says what a script tells it to. Side calls of the agent (titles, small models) get a word. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isPrompt, readMessages } from "@nightgate/rehearsal/fake-internet/conversation";
import { offersShell, shellCall, type OfferedTool } from "@nightgate/rehearsal/fake-internet/tool-call";
import { z } from "zod";
import { answerJson, type ScriptedReply, type ScriptedTurn } from "./scripted-reply.ts";
import { answerResponses } from "./scripted-responses.ts";

const request = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  tools: z.array(z.object({ name: z.string() })).optional(),
  messages: z.array(
    z.object({
      role: z.string(),
      content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]),
    }),
  ),
});
type Request = z.infer<typeof request>;

export interface ScriptedModel {
  /** Serves one request whose path is below the model's base (`/v1/messages`...). */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Requests that the script answered, with their headers. */
  seen: { headers: IncomingMessage["headers"]; turn: ScriptedTurn }[];
}

/** Makes the model. `script` is asked once per request that offers tools. */
export function scriptedModel(
  script: (turn: ScriptedTurn) => ScriptedReply | Promise<ScriptedReply>,
): ScriptedModel {
  const seen: ScriptedModel["seen"] = [];
  return {
    seen,
    handle: async (incoming, response) => {
      const path = (incoming.url ?? "").split("?")[0] ?? "";
      const text = await readBody(incoming);
      if (incoming.method !== "POST") return answerJson(response, 200, {});
      if (path.endsWith("/v1/responses"))
        return await answerResponses(JSON.parse(text), response, async (turn) => {
          seen.push({ headers: incoming.headers, turn });
          return await script(turn);
        });
      if (path.endsWith("/count_tokens")) return answerJson(response, 200, { input_tokens: 10 });
      if (!path.endsWith("/v1/messages"))
        return answerJson(response, 404, {
          type: "error",
          error: { type: "not_found_error", message: path },
        });
      const body = request.parse(JSON.parse(text));
      const { tools } = readMessages(body);
      if (!offersShell(tools)) return sendMessage(response, body, [{ type: "text", text: "ok" }]);
      const turn = readTurn(body);
      seen.push({ headers: incoming.headers, turn });
      const reply = await script(turn);
      if ("status" in reply)
        return answerJson(response, reply.status, {
          type: "error",
          error: { type: "api_error", message: reply.message },
        });
      if ("breaks" in reply) return breakStream(response, body);
      if ("text" in reply) return sendMessage(response, body, [{ type: "text", text: reply.text }]);
      const { tool, input } = "tool" in reply ? reply : shellTool(tools, wordsOf(reply));
      const id = `toolu_${randomBytes(8).toString("hex")}`;
      return sendMessage(response, body, [{ type: "tool_use", id, name: tool, input }]);
    },
  };
}

/** Programs are codex's alone; anybody else runs a command. */
function wordsOf(reply: { command: string } | { program: string }): string {
  return "command" in reply ? reply.command : reply.program;
}

function shellTool(tools: OfferedTool[], command: string): { tool: string; input: Record<string, unknown> } {
  const call = shellCall(tools, command, "Run it");
  return {
    tool: call?.name ?? "",
    input: JSON.parse(call?.input ?? "{}") as Record<string, unknown>,
  };
}

function readTurn(body: Request): ScriptedTurn {
  let lastWords = "";
  let toolResults = 0;
  for (const message of body.messages) {
    if (message.role !== "user") continue;
    const blocks =
      typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content;
    const results = blocks.filter((block) => block.type === "tool_result").length;
    toolResults += results;
    const words = blocks.flatMap((block) =>
      block.type === "text" && "text" in block && typeof block["text"] === "string" ? [block["text"]] : [],
    );
    const said = words.filter(isPrompt).at(-1);
    if (said !== undefined) {
      lastWords = said;
      toolResults = 0;
    }
  }
  return { lastWords, toolResults, body };
}

type Block =
  | { type: "text"; text: string }
  | { type: "tool_use"; id: string; name: string; input: Record<string, unknown> };

function sendMessage(response: ServerResponse, body: Request, content: Block[]): void {
  const stopReason = content.some((block) => block.type === "tool_use") ? "tool_use" : "end_turn";
  const usage = {
    input_tokens: 12,
    cache_read_input_tokens: 3,
    cache_creation_input_tokens: 0,
    output_tokens: 7,
  };
  const message = {
    id: `msg_${randomBytes(8).toString("hex")}`,
    type: "message",
    role: "assistant",
    model: body.model,
    stop_sequence: null,
    usage,
  };
  if (body.stream !== true)
    return answerJson(response, 200, { ...message, content, stop_reason: stopReason });
  response.writeHead(200, { "content-type": "text/event-stream" });
  event(response, "message_start", { message: { ...message, content: [], stop_reason: null } });
  content.forEach((block, index) => sendBlock(response, block, index));
  event(response, "message_delta", {
    delta: { stop_reason: stopReason, stop_sequence: null },
    usage: { output_tokens: 7 },
  });
  event(response, "message_stop", {});
  response.end();
}

function sendBlock(response: ServerResponse, block: Block, index: number): void {
  const empty = block.type === "text" ? { type: "text", text: "" } : { ...block, input: {} };
  event(response, "content_block_start", { index, content_block: empty });
  const parts = block.type === "text" ? (block.text.match(/.{1,7}/gsu) ?? []) : [JSON.stringify(block.input)];
  for (const part of parts) {
    const delta =
      block.type === "text"
        ? { type: "text_delta", text: part }
        : { type: "input_json_delta", partial_json: part };
    event(response, "content_block_delta", { index, delta });
  }
  event(response, "content_block_stop", { index });
}

function breakStream(response: ServerResponse, body: Request): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  event(response, "message_start", {
    message: {
      id: "msg_broken",
      type: "message",
      role: "assistant",
      model: body.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 1, output_tokens: 1 },
    },
  });
  response.socket?.destroy();
}

function event(response: ServerResponse, type: string, data: Record<string, unknown>): void {
  response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
