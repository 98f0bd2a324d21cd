/**
 * A stand-in for a model provider on the internet, for the rehearsal and the tests: the Anthropic Messages API with answers from a script.
 * Real agents talk to it through the real gate; only this last hop is not what it seems.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { asEvents, asMessage, countTokens, messagesRequest, type ScriptedReply } from "./anthropic-wire.ts";
import { standing } from "./conversation.ts";
import { readBody, sendJson } from "./http.ts";
import { nextReply } from "./scripts.ts";

const BODY_BYTES_MAX = 32 * 1024 * 1024;

/** Answers `request` as the API would; `path` is the URL's path below the base. Requires `key`, as the real one does. */
export async function scriptedModel(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  key: string,
): Promise<void> {
  const given = request.headers["x-api-key"] ?? request.headers.authorization?.replace(/^Bearer /, "");
  if (given !== key)
    return sendJson(response, 401, {
      type: "error",
      error: { type: "authentication_error", message: "invalid x-api-key" },
    });
  if (request.method !== "POST")
    return sendJson(response, 404, {
      type: "error",
      error: { type: "not_found_error", message: "Not found" },
    });
  const parsed = messagesRequest.safeParse(
    JSON.parse((await readBody(request, BODY_BYTES_MAX)).toString("utf8")),
  );
  if (!parsed.success)
    return sendJson(response, 400, {
      type: "error",
      error: { type: "invalid_request_error", message: parsed.error.message },
    });
  const body = parsed.data;
  if (path === "/v1/messages/count_tokens")
    return sendJson(response, 200, { input_tokens: countTokens(body.messages) });
  if (path !== "/v1/messages")
    return sendJson(response, 404, {
      type: "error",
      error: { type: "not_found_error", message: "Not found" },
    });
  // Side calls (titles, summaries) come without tools.
  const reply: ScriptedReply = body.tools?.length ? nextReply(standing(body)) : { text: "Rehearsal" };
  if (!body.stream) return sendJson(response, 200, asMessage(body, reply));
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  for (const event of asEvents(body, reply)) response.write(event);
  response.end();
}
