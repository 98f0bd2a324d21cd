/** The half of the scripted model that speaks OpenAI's Responses API, for codex and opencode. */
import type { ServerResponse } from "node:http";
import { standing } from "@nightgate/rehearsal/fake-internet/conversation";
import { readResponses, responsesRequest } from "@nightgate/rehearsal/fake-internet/openai-wire";
import {
  asResponse,
  asResponseEvents,
  type SaidAndCalled,
} from "@nightgate/rehearsal/fake-internet/responses-wire";
import {
  offersShell,
  shellCall,
  type OfferedTool,
  waitCall,
} from "@nightgate/rehearsal/fake-internet/tool-call";
import { answerJson, type ScriptedReply, type ScriptedTurn } from "./scripted-reply.ts";

/** Answers POST /v1/responses. `script` is asked once per request that offers a shell; side calls get a word. */
export async function answerResponses(
  value: unknown,
  response: ServerResponse,
  script: (turn: ScriptedTurn) => Promise<ScriptedReply>,
): Promise<void> {
  const request = responsesRequest.parse(value);
  const conversation = readResponses(request);
  const { tools } = conversation;
  const { prompt, step, toolResult } = standing(conversation);
  const send = (reply: SaidAndCalled): void => {
    if (request.stream !== true) return answerJson(response, 200, asResponse(request, reply));
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const event of asResponseEvents(request, reply)) response.write(event);
    response.end();
  };
  if (!offersShell(tools)) return send({ text: "ok", call: null });
  const wait = waitCall(tools, toolResult);
  if (wait !== null) return send({ text: "", call: wait });
  const reply = await script({ lastWords: prompt, toolResults: step, body: request });
  if ("status" in reply)
    return answerJson(response, reply.status, {
      error: { message: reply.message, type: "api_error", code: null },
    });
  if ("breaks" in reply) {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("event: response.created\n", () => response.destroy());
    return;
  }
  send("text" in reply ? { text: reply.text, call: null } : { text: "", call: callOf(tools, reply) });
}

function callOf(
  tools: OfferedTool[],
  reply: { command: string } | { program: string } | { tool: string; input: Record<string, unknown> },
): SaidAndCalled["call"] {
  if ("program" in reply) return { name: "exec", kind: "custom", input: reply.program };
  if ("command" in reply) return shellCall(tools, reply.command, "Run it");
  return { name: reply.tool, kind: "function", input: JSON.stringify(reply.input) };
}
