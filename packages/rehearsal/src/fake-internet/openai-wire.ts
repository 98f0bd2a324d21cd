/** What OpenAI's Responses and Chat APIs have in common for the scripted model: a request as a conversation, and a reply that either can send. */
import { z } from "zod";
import type { Conversation, Turn } from "./conversation.ts";
import type { OfferedTool } from "./tool-call.ts";

const part = z.looseObject({ type: z.string(), text: z.string().optional() });
const content = z.union([z.string(), z.array(part)]);
const toolShape = z.looseObject({ type: z.string(), name: z.string().optional() });

export const responsesRequest = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  tools: z.array(z.unknown()).optional(),
  input: z.union([
    z.string(),
    z.array(
      z.looseObject({
        type: z.string().optional(),
        role: z.string().optional(),
        name: z.string().optional(),
        content: content.nullish(),
        output: z.unknown().optional(),
        tools: z.array(z.unknown()).optional(),
      }),
    ),
  ]),
});
export type ResponsesRequest = z.infer<typeof responsesRequest>;

export const chatRequest = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  tools: z.array(z.unknown()).optional(),
  messages: z.array(z.looseObject({ role: z.string(), content: content.nullish() })),
});
export type ChatRequest = z.infer<typeof chatRequest>;

/** A request to POST /v1/responses, read. Items that belong to one answer of the model are one turn of it. */
export function readResponses(request: ResponsesRequest): Conversation {
  const items =
    typeof request.input === "string" ? [{ role: "user", content: request.input }] : request.input;
  const tools = [...(request.tools ?? [])];
  const turns: Turn[] = [];
  for (const item of items) {
    const type = "type" in item ? (item.type ?? "message") : "message";
    if (type === "additional_tools" && "tools" in item) tools.push(...(item.tools ?? []));
    else if (type.endsWith("_output")) addResult(turns, textOf("output" in item ? item.output : undefined));
    else if (type === "message" && item.role !== undefined) addMessage(turns, item.role, item.content);
    // Waiting for a command that is under way is no step of its own.
    else if (type === "function_call" && "name" in item && item.name === "wait") continue;
    // What the model thought and called is a part of its answer.
    else if (turns.at(-1)?.role !== "assistant") turns.push({ role: "assistant" });
  }
  return { turns, tools: offered(tools) };
}

/** A request to POST /v1/chat/completions, read. */
export function readChat(request: ChatRequest): Conversation {
  const turns: Turn[] = [];
  for (const { role, content: said } of request.messages) {
    if (role === "tool") addResult(turns, textOf(said));
    else addMessage(turns, role, said);
  }
  return { turns, tools: offered(request.tools ?? []) };
}

function addMessage(turns: Turn[], role: string, said: z.infer<typeof content> | null | undefined): void {
  if (role === "assistant") {
    if (turns.at(-1)?.role !== "assistant") turns.push({ role: "assistant" });
    return;
  }
  // `system` and `developer` are instructions, not somebody's words.
  if (role !== "user") return;
  const texts = typeof said === "string" ? [said] : (said ?? []).flatMap(({ text }) => (text ? [text] : []));
  turns.push({ role: "user", texts, results: [] });
}

function addResult(turns: Turn[], text: string): void {
  // The agents say a command's failure in the result's own text.
  const failed = /^Exit code [1-9]/m.test(text) || /"exit_code":\s*[1-9]/.test(text);
  turns.push({ role: "user", texts: [], results: [{ text, failed }] });
}

/** The text of a tool's output, which may be a text, parts, or an object. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  const parts = z.array(part).safeParse(value);
  return parts.success ? parts.data.map(({ text }) => text ?? "").join("\n") : JSON.stringify(value ?? "");
}

/** Tools by name, out of namespaces and of chat's own nesting. */
function offered(tools: readonly unknown[]): OfferedTool[] {
  return tools.flatMap((value) => {
    const read = toolShape.safeParse(value);
    if (!read.success) return [];
    const { type, name } = read.data;
    const inner = read.data["tools"];
    if (type === "namespace" && Array.isArray(inner)) return offered(inner);
    const nested = toolShape.partial().safeParse(read.data["function"]);
    const found = name ?? (nested.success ? nested.data.name : undefined);
    return found === undefined ? [] : [{ name: found, kind: type === "custom" ? "custom" : "function" }];
  });
}
