/** An answer of OpenAI's Chat API: one JSON object, or the chunks of its stream. */
import { countTokens } from "./anthropic-wire.ts";
import type { ChatRequest } from "./openai-wire.ts";
import type { SaidAndCalled } from "./responses-wire.ts";

function usage(request: ChatRequest, reply: SaidAndCalled): Record<string, unknown> {
  const prompt = countTokens(request.messages);
  const completion = countTokens(reply);
  return {
    prompt_tokens: prompt,
    prompt_tokens_details: { cached_tokens: Math.floor(prompt / 2) },
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
}

function message({ text, call }: SaidAndCalled): Record<string, unknown> {
  const id = `call_${crypto.randomUUID().replaceAll("-", "")}`;
  return {
    role: "assistant",
    content: text,
    ...(call !== null && {
      tool_calls: [{ index: 0, id, type: "function", function: { name: call.name, arguments: call.input } }],
    }),
  };
}

/** The reply as one JSON object. */
export function asCompletion(request: ChatRequest, reply: SaidAndCalled): Record<string, unknown> {
  return {
    id: `chatcmpl-${crypto.randomUUID()}`,
    object: "chat.completion",
    created: 0,
    model: request.model,
    choices: [{ index: 0, message: message(reply), finish_reason: reply.call ? "tool_calls" : "stop" }],
    usage: usage(request, reply),
  };
}

/** The reply as the chunks of a stream; the usage comes last, where it was asked for. */
export function asCompletionChunks(request: ChatRequest, reply: SaidAndCalled): string[] {
  const head = {
    id: `chatcmpl-${crypto.randomUUID()}`,
    object: "chat.completion.chunk",
    created: 0,
    model: request.model,
  };
  const chunks: Record<string, unknown>[] = [
    { ...head, choices: [{ index: 0, delta: message(reply), finish_reason: null }] },
    { ...head, choices: [{ index: 0, delta: {}, finish_reason: reply.call ? "tool_calls" : "stop" }] },
  ];
  if (request.stream_options?.include_usage === true)
    chunks.push({ ...head, choices: [], usage: usage(request, reply) });
  return [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), "data: [DONE]\n\n"];
}
