/** The part of Anthropic's Messages API that the scripted model speaks: requests in, a message or its server-sent events out. */
import { z } from "zod";

const block = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  text: z.string().optional(),
  content: z.unknown().optional(),
  is_error: z.boolean().optional(),
});

export const messagesRequest = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  tools: z.array(z.looseObject({ name: z.string().optional() })).optional(),
  messages: z.array(z.object({ role: z.string(), content: z.union([z.string(), z.array(block)]) })),
});
export type MessagesRequest = z.infer<typeof messagesRequest>;

/** What the model says: words, and at most one tool to use. */
export interface MessageReply {
  text: string;
  tool?: { name: string; input: Record<string, unknown> };
}

interface MessageHead {
  id: string;
  type: "message";
  role: "assistant";
  model: string;
  stop_sequence: null;
}

function head(request: MessagesRequest): MessageHead {
  return {
    id: `msg_${crypto.randomUUID().replaceAll("-", "")}`,
    type: "message",
    role: "assistant",
    model: request.model,
    stop_sequence: null,
  };
}

function toolId(): string {
  return `toolu_${crypto.randomUUID().replaceAll("-", "").slice(0, 24)}`;
}

/** Rough counts, so that meters have something to count: four characters a token. */
export function countTokens(value: unknown): number {
  return Math.ceil(JSON.stringify(value).length / 4);
}

/** The reply as one JSON message. */
export function asMessage(request: MessagesRequest, reply: MessageReply): Record<string, unknown> {
  const content: Record<string, unknown>[] = [{ type: "text", text: reply.text }];
  if (reply.tool)
    content.push({ type: "tool_use", id: toolId(), name: reply.tool.name, input: reply.tool.input });
  return {
    ...head(request),
    content,
    stop_reason: reply.tool ? "tool_use" : "end_turn",
    usage: { input_tokens: countTokens(request.messages), output_tokens: countTokens(content) },
  };
}

/** The reply as the events of a stream, in order: message_start, content blocks, message_delta, message_stop. */
export function asEvents(request: MessagesRequest, reply: MessageReply): string[] {
  const usage = { input_tokens: countTokens(request.messages), output_tokens: 1 };
  const events: Record<string, unknown>[] = [
    { type: "message_start", message: { ...head(request), content: [], stop_reason: null, usage } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  ];
  for (const part of reply.text.match(/.{1,40}/gs) ?? [])
    events.push({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: part } });
  events.push({ type: "content_block_stop", index: 0 });
  if (reply.tool) {
    events.push({
      type: "content_block_start",
      index: 1,
      content_block: { type: "tool_use", id: toolId(), name: reply.tool.name, input: {} },
    });
    events.push({
      type: "content_block_delta",
      index: 1,
      delta: { type: "input_json_delta", partial_json: JSON.stringify(reply.tool.input) },
    });
    events.push({ type: "content_block_stop", index: 1 });
  }
  events.push({
    type: "message_delta",
    delta: { stop_reason: reply.tool ? "tool_use" : "end_turn", stop_sequence: null },
    usage: { output_tokens: countTokens(reply) },
  });
  events.push({ type: "message_stop" });
  return events.map((event) => `event: ${String(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`);
}
