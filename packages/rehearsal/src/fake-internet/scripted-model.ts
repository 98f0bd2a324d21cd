/**
 * A stand-in for a model provider on the internet, for the rehearsal and the tests: Anthropic's Messages API and OpenAI's Responses
 * and Chat APIs, with answers from a script. Real agents talk to it through the real gate; only this last hop is not what it seems.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { asEvents, asMessage, countTokens, messagesRequest } from "./anthropic-wire.ts";
import { asCompletion, asCompletionChunks } from "./chat-wire.ts";
import { type Conversation, readMessages, standing } from "./conversation.ts";
import { readBody, sendJson } from "./http.ts";
import { chatRequest, readChat, readResponses, responsesRequest } from "./openai-wire.ts";
import { asResponse, asResponseEvents, type SaidAndCalled } from "./responses-wire.ts";
import { nextReply } from "./scripts.ts";
import type { ScriptedReply } from "./steps.ts";
import { offersShell, shellCall, TOOL_SEARCH, verbCall, waitCall } from "./tool-call.ts";

const BODY_BYTES_MAX = 32 * 1024 * 1024;

/** Answers `request` as the API would; `path` is the URL's path below the base. Requires `key`, as the real one does. */
export async function scriptedModel(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  key: string,
): Promise<void> {
  const given = request.headers["x-api-key"] ?? request.headers.authorization?.replace(/^Bearer /, "");
  if (given !== key) return fail(response, 401, "authentication_error", "This is not the key.");
  if (request.method === "GET" && path === "/v1/models")
    return sendJson(response, 200, { object: "list", data: [] });
  const api = request.method === "POST" ? APIS[path] : undefined;
  if (!api) return fail(response, 404, "not_found_error", "Not found");
  try {
    api(JSON.parse((await readBody(request, BODY_BYTES_MAX)).toString("utf8")), response);
  } catch (error) {
    if (!(error instanceof z.ZodError || error instanceof SyntaxError)) throw error;
    fail(response, 400, "invalid_request_error", error.message);
  }
}

const APIS: Readonly<Record<string, (body: unknown, response: ServerResponse) => void>> = {
  "/v1/messages/count_tokens": (body, response) =>
    sendJson(response, 200, { input_tokens: countTokens(messagesRequest.parse(body).messages) }),
  "/v1/messages": (body, response) => {
    const read = messagesRequest.parse(body);
    const { text, call } = replyTo(readMessages(read));
    const tool = call && { name: call.name, input: JSON.parse(call.input) as Record<string, unknown> };
    const reply = { text, ...(tool && { tool }) };
    if (read.stream) stream(response, asEvents(read, reply));
    else sendJson(response, 200, asMessage(read, reply));
  },
  "/v1/responses": (body, response) => {
    const read = responsesRequest.parse(body);
    const reply = replyTo(readResponses(read));
    if (read.stream) stream(response, asResponseEvents(read, reply));
    else sendJson(response, 200, asResponse(read, reply));
  },
  "/v1/chat/completions": (body, response) => {
    const read = chatRequest.parse(body);
    const reply = replyTo(readChat(read));
    if (read.stream) stream(response, asCompletionChunks(read, reply));
    else sendJson(response, 200, asCompletion(read, reply));
  },
};

/** What the script says next, with the tools that this agent offers. */
function replyTo(conversation: Conversation): SaidAndCalled {
  const { tools } = conversation;
  // Side calls (titles, summaries) come without a shell.
  if (!offersShell(tools)) return { text: "Rehearsal", call: null };
  const stands = standing(conversation);
  const wait = waitCall(tools, stands.toolResult);
  if (wait) return { text: "", call: wait };
  const { text, tool, verb } = nextReply(stands);
  if (verb) return callVerb(conversation, text, verb);
  if (!tool) return { text, call: null };
  const { command, description } = tool.input;
  return { text, call: shellCall(tools, command, description) };
}

function callVerb(
  { turns, tools }: Conversation,
  text: string,
  { name, args }: NonNullable<ScriptedReply["verb"]>,
): SaidAndCalled {
  const call = verbCall(tools, name, args);
  const last = turns.findLast(({ role }) => role === "assistant");
  const searched = last?.role === "assistant" && last.looksUp === true;
  // What was looked up in vain is not looked up for ever.
  if (call === null || (searched && call.name === TOOL_SEARCH))
    return { text: `The tool ${name} is not there, and a script cannot improvise.`, call: null };
  return { text, call };
}

function stream(response: ServerResponse, events: string[]): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  for (const event of events) response.write(event);
  response.end();
}

/** An error that clients of both providers can read. */
function fail(response: ServerResponse, status: number, type: string, message: string): void {
  sendJson(response, status, { type: "error", error: { type, message, code: null, param: null } });
}
