/** An answer of OpenAI's Responses API: one JSON object, or its server-sent events. */
import { countTokens } from "./anthropic-wire.ts";
import type { ResponsesRequest } from "./openai-wire.ts";
import type { ToolCall } from "./tool-call.ts";

export interface SaidAndCalled {
  text: string;
  call: ToolCall | null;
}

type Item = Record<string, unknown> & { id: string };
const newId = (prefix: string): string => `${prefix}_${crypto.randomUUID().replaceAll("-", "")}`;

function messageItem(text: string): Item {
  const content = [{ type: "output_text", text, annotations: [] }];
  return { type: "message", id: newId("msg"), status: "completed", role: "assistant", content };
}

function callItem({ name, kind, input }: ToolCall): Item {
  const common = { id: newId("item"), status: "completed", call_id: newId("call"), name };
  return kind === "custom"
    ? { ...common, type: "custom_tool_call", input }
    : { ...common, type: "function_call", arguments: input };
}

function items({ text, call }: SaidAndCalled): Item[] {
  return [...(text === "" ? [] : [messageItem(text)]), ...(call === null ? [] : [callItem(call)])];
}

function envelope(request: ResponsesRequest, status: string, output: Item[]): Record<string, unknown> {
  const input = countTokens(request.input);
  // Everything but the newest item would come from a provider's cache.
  const cached = Math.floor(input / 2);
  const written = countTokens(output);
  return {
    id: newId("resp"),
    object: "response",
    created_at: 0,
    status,
    model: request.model,
    output,
    ...(status === "completed" && {
      usage: {
        input_tokens: input,
        input_tokens_details: { cached_tokens: cached },
        output_tokens: written,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: input + written,
      },
    }),
  };
}

/** The reply as one JSON object. */
export function asResponse(request: ResponsesRequest, reply: SaidAndCalled): Record<string, unknown> {
  return envelope(request, "completed", items(reply));
}

/** The reply as the events of a stream, in order. */
export function asResponseEvents(request: ResponsesRequest, reply: SaidAndCalled): string[] {
  const output = items(reply);
  const events: Record<string, unknown>[] = [
    { type: "response.created", response: envelope(request, "in_progress", []) },
  ];
  output.forEach((item, index) => {
    const at = { item_id: item.id, output_index: index };
    if (item["type"] === "message") events.push(...textEvents(item, at, reply.text));
    else events.push(...callEvents(item, at));
    events.push({ type: "response.output_item.done", output_index: index, item });
  });
  events.push({ type: "response.completed", response: envelope(request, "completed", output) });
  return events.map(
    (event, sequence) =>
      `event: ${String(event["type"])}\ndata: ${JSON.stringify({ ...event, sequence_number: sequence })}\n\n`,
  );
}

type At = { item_id: string; output_index: number };

function textEvents(item: Item, at: At, text: string): Record<string, unknown>[] {
  const part = { ...at, content_index: 0 };
  return [
    {
      type: "response.output_item.added",
      output_index: at.output_index,
      item: { ...item, status: "in_progress", content: [] },
    },
    {
      type: "response.content_part.added",
      ...part,
      part: { type: "output_text", text: "", annotations: [] },
    },
    ...(text.match(/.{1,40}/gs) ?? []).map((delta) => ({
      type: "response.output_text.delta",
      ...part,
      delta,
    })),
    { type: "response.output_text.done", ...part, text },
    { type: "response.content_part.done", ...part, part: { type: "output_text", text, annotations: [] } },
  ];
}

function callEvents(item: Item, at: At): Record<string, unknown>[] {
  const custom = item["type"] === "custom_tool_call";
  const field = custom ? "input" : "arguments";
  const name = custom ? "response.custom_tool_call_input" : "response.function_call_arguments";
  return [
    {
      type: "response.output_item.added",
      output_index: at.output_index,
      item: { ...item, status: "in_progress", [field]: "" },
    },
    { type: `${name}.delta`, ...at, delta: item[field] },
    { type: `${name}.done`, ...at, [field]: item[field] },
  ];
}
