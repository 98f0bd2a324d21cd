/** What OpenAI's Responses and Chat APIs have in common for the scripted model: a request as a conversation, and a reply that either can send. */
import { z } from "zod";
import type { Conversation, Turn } from "./conversation.ts";
import type { OfferedTool } from "./tool-call.ts";

const part = z.looseObject({ type: z.string(), text: z.string().optional() });
const content = z.union([z.string(), z.array(part)]);
const toolShape = z.looseObject({ type: z.string(), name: z.string().optional() });

const inputItem = z.looseObject({
  type: z.string().default("message"),
  role: z.string().optional(),
  name: z.string().optional(),
  content: content.nullish(),
  output: z.unknown().optional(),
  tools: z.array(z.unknown()).default([]),
});
type InputItem = z.infer<typeof inputItem>;

export const responsesRequest = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  tools: z.array(z.unknown()).optional(),
  input: z.union([z.string(), z.array(inputItem)]),
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
export function readResponses({ input, tools = [] }: ResponsesRequest): Conversation {
  if (typeof input === "string")
    return { turns: [{ role: "user", texts: [input], results: [] }], tools: offered(tools) };
  const turns: Turn[] = [];
  for (const item of input) addItem(turns, item);
  // Some agents name their tools in the conversation.
  const more = input.flatMap((item) => (item.type === "additional_tools" ? item.tools : []));
  return { turns, tools: offered([...tools, ...more]) };
}

function addItem(turns: Turn[], { type, role, name, content: said, output }: InputItem): void {
  if (type === "message") return addMessage(turns, role ?? "", said);
  if (type.endsWith("_output")) return addResult(turns, textOf(output));
  // Waiting for a command that is under way is no step of its own.
  if (type === "additional_tools" || (type === "function_call" && name === "wait")) return;
  // What the model thought and called is a part of its answer.
  addMessage(turns, "assistant", null);
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
