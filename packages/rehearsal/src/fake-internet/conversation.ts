/** Where a conversation stands: the last thing that a person (or the platform) said, what has been done about it, and the last tool's answer. */
import type { MessagesRequest } from "./anthropic-wire.ts";

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

type Content = MessagesRequest["messages"][number]["content"];

/** Texts that a client adds to a message by itself are no prompt. */
function promptText(content: Content): string {
  if (typeof content === "string") return content.startsWith("<system-reminder>") ? "" : content;
  if (content.some((part) => part.type === "tool_result")) return "";
  const texts = content.flatMap((part) =>
    part.type === "text" && part.text && !part.text.startsWith("<") ? [part.text] : [],
  );
  return texts.join("\n");
}

function resultText(content: Content): string {
  if (typeof content === "string") return "";
  return content
    .flatMap((part) =>
      part.type === "tool_result"
        ? [typeof part.content === "string" ? part.content : JSON.stringify(part.content)]
        : [],
    )
    .join("\n");
}

function resultFailed(content: Content): boolean {
  return (
    typeof content !== "string" &&
    content.some((part) => part.type === "tool_result" && part.is_error === true)
  );
}

/** Reads the standing out of a request's messages. */
export function standing(request: MessagesRequest): Standing {
  const found: Standing = { task: "", prompt: "", step: 0, toolResult: "", toolFailed: false };
  for (const { role, content } of request.messages) {
    if (role === "assistant") {
      found.step += 1;
      continue;
    }
    if (role !== "user") continue;
    const prompt = promptText(content);
    if (prompt)
      Object.assign(found, {
        task: found.task || prompt,
        prompt,
        step: 0,
        toolResult: "",
        toolFailed: false,
      });
    else
      Object.assign(found, {
        toolResult: resultText(content) || found.toolResult,
        toolFailed: resultFailed(content),
      });
  }
  return found;
}
