/** Where a conversation stands: the last thing that a person (or the platform) said, what has been done about it, and the last tool's answer. */
import type { MessagesRequest } from "./anthropic-wire.ts";
import { type OfferedTool, TOOL_SEARCH } from "./tool-call.ts";

export interface Standing {
  /** The first prompt of the session. */
  task: string;
  /** The last prompt. */
  prompt: string;
  /** How many times the model has answered since the last prompt. */
  step: number;
  /** The text of the last tool result since the last prompt, or "". */
  toolResult: string;
  /** True when that tool said that it failed. */
  toolFailed: boolean;
}

/** A request of any of the APIs, as far as a script needs it. */
export interface Conversation {
  turns: Turn[];
  tools: OfferedTool[];
}

export type Turn =
  /** `looksUp`: all that it did was to look up how its tools are called. */
  | { role: "assistant"; looksUp?: boolean }
  /** A person's words, the platform's, or what tools answered. */
  | { role: "user"; texts: string[]; results: { text: string; failed: boolean }[] };

/** A request of Anthropic's Messages API, read. */
export function readMessages(request: MessagesRequest): Conversation {
  const turns = request.messages.flatMap(({ role, content }): Turn[] => {
    if (role === "assistant") return [{ role, looksUp: looksUp(content) }];
    if (role !== "user") return [];
    if (typeof content === "string") return [{ role, texts: [content], results: [] }];
    const texts = content.flatMap((part) => (part.type === "text" && part.text ? [part.text] : []));
    const results = content.flatMap((part) => {
      if (part.type !== "tool_result") return [];
      const text = typeof part.content === "string" ? part.content : JSON.stringify(part.content);
      return [{ text, failed: part.is_error === true }];
    });
    return [{ role, texts, results }];
  });
  const tools = (request.tools ?? []).flatMap(({ name }): OfferedTool[] =>
    name === undefined ? [] : [{ name, kind: "function" }],
  );
  return { turns, tools };
}

/** Claude Code keeps tools out of the model's sight until it looks them up: no step of any script. */
function looksUp(content: MessagesRequest["messages"][number]["content"]): boolean {
  if (typeof content === "string") return false;
  const calls = content.filter(({ type }) => type === "tool_use");
  return calls.length > 0 && calls.every(({ name }) => name === TOOL_SEARCH);
}

/** Texts that a client adds to a message by itself (reminders, its surroundings, "[Request interrupted by user]") are no prompt. */
export const isPrompt = (text: string): boolean => !/^(?:<|\[Request interrupted|Tool loaded\.)/.test(text);

/** Reads the standing out of a conversation. */
export function standing({ turns }: Conversation): Standing {
  const found: Standing = { task: "", prompt: "", step: 0, toolResult: "", toolFailed: false };
  let lookedUp = false;
  for (const turn of turns) {
    if (turn.role === "assistant") {
      lookedUp = turn.looksUp === true;
      if (!lookedUp) found.step += 1;
      continue;
    }
    const { results } = turn;
    // After an interrupt one message has both: what the tool said, and the new words.
    const prompt = turn.texts.filter(isPrompt).join("\n");
    if (prompt !== "")
      Object.assign(found, {
        task: found.task || prompt,
        prompt,
        step: 0,
        toolResult: "",
        toolFailed: false,
      });
    else if (!lookedUp)
      Object.assign(found, {
        toolResult: results.map(({ text }) => text).join("\n") || found.toolResult,
        toolFailed: results.some(({ failed }) => failed),
      });
  }
  return found;
}
