/** Turns the updates of an Agent Client Protocol session into events: joins the pieces of a message, keeps one picture of each tool call, cuts what is too long. */
import type { SessionUpdate, ToolCallContent } from "@agentclientprotocol/sdk";
import type { RunEventBody, ToolCall } from "@nightgate/shared/run-events";
import { z } from "zod";
import { LIMITS } from "../limits.ts";

export interface SessionUpdates {
  /** Takes one update; emits what is complete. */
  take(update: SessionUpdate): void;
  /** Emits the message that is still being joined. Call it at the end of a turn. */
  flush(): void;
}

/** Starts with nothing heard. `emit` gets the events in order. */
export function sessionUpdates(emit: (body: RunEventBody) => void): SessionUpdates {
  const text = textJoiner(emit);
  const tools = new Map<string, ToolPicture>();
  return {
    flush: () => text.flush(),
    take: (update) => {
      switch (update.sessionUpdate) {
        case "agent_message_chunk":
        case "agent_thought_chunk": {
          if (update.content.type !== "text") return;
          const kind = update.sessionUpdate === "agent_message_chunk" ? "agent.message" : "agent.thought";
          return text.add(kind, update.messageId ?? "", update.content.text);
        }
        case "tool_call":
        case "tool_call_update": {
          const tool = tools.get(update.toolCallId) ?? newPicture(update.toolCallId);
          tools.set(update.toolCallId, tool);
          return takeTool(tool, update, (body) => {
            text.flush();
            emit(body);
          });
        }
        case "plan": {
          text.flush();
          const entries = update.entries.slice(0, LIMITS.planEntriesMax);
          return emit({
            kind: "plan",
            entries: entries.map((entry) => ({
              text: cut(entry.content, LIMITS.toolTextCharactersMax),
              status: entry.status,
            })),
          });
        }
        case "notice": {
          text.flush();
          return emit({
            kind: "note",
            text: cut(
              [update.title, update.description].filter(Boolean).join(": "),
              LIMITS.eventTextCharactersMax,
            ),
          });
        }
        default:
          return; // Modes, commands, usage and titles are not part of the conversation.
      }
    },
  };
}

function textJoiner(emit: (body: RunEventBody) => void): {
  add(kind: "agent.message" | "agent.thought", message: string, text: string): void;
  flush(): void;
} {
  let current: { kind: "agent.message" | "agent.thought"; message: string; text: string } | null = null;
  const flush = (): void => {
    if (current !== null && current.text.trim() !== "")
      emit({ kind: current.kind, text: clean(current.text) });
    current = null;
  };
  return {
    flush,
    add: (kind, message, piece) => {
      if (
        current !== null &&
        (current.kind !== kind ||
          current.message !== message ||
          current.text.length + piece.length > LIMITS.eventTextCharactersMax)
      )
        flush();
      // A single piece above the limit is cut: no model streams one.
      current = { kind, message, text: cut((current?.text ?? "") + piece, LIMITS.eventTextCharactersMax) };
    },
  };
}

type Diffs = NonNullable<ToolCall["diffs"]>;

interface ToolPicture {
  call: string;
  title: string;
  tool: string;
  status: ToolCall["status"];
  input: string;
  output: string;
  content: string;
  diffs: Diffs;
  told: string;
}

function newPicture(call: string): ToolPicture {
  return {
    call,
    title: "",
    tool: "other",
    status: "pending",
    input: "",
    output: "",
    content: "",
    diffs: [],
    told: "",
  };
}

type ToolUpdate = Extract<SessionUpdate, { sessionUpdate: "tool_call" | "tool_call_update" }>;

function takeTool(tool: ToolPicture, update: ToolUpdate, emit: (body: RunEventBody) => void): void {
  redraw(tool, update);
  const done = tool.status === "completed" || tool.status === "failed";
  // An agent announces a call before its input has arrived: it is told of when there is something to say.
  if (!done && (tool.input === "" || tool.input === "{}")) return;
  const event = toolEvent(tool, done);
  const told = JSON.stringify(event);
  if (told === tool.told) return;
  tool.told = told;
  emit(event);
}

/** An update names what has changed; the rest stays. */
function redraw(tool: ToolPicture, update: ToolUpdate): void {
  const { title, kind, status, rawInput, rawOutput, content } = update;
  tool.title = title ?? tool.title;
  tool.tool = kind ?? tool.tool;
  tool.status = status ?? tool.status;
  if (rawInput != null) tool.input = asText(rawInput);
  if (rawOutput != null) tool.output = outputText(rawOutput);
  tool.output = cut(tool.output + terminalText(update._meta), LIMITS.toolTextCharactersMax);
  if (content == null) return;
  tool.content = contentText(content);
  const diffs = contentDiffs(content);
  if (diffs.length > 0) tool.diffs = diffs;
}

function toolEvent(tool: ToolPicture, done: boolean): RunEventBody {
  const output = tool.output || tool.content;
  // Nothing inside the workstation is asked for: a call whose input is known is under way.
  const status = tool.status === "pending" ? "in_progress" : tool.status;
  return {
    kind: "tool",
    call: tool.call.slice(0, 200),
    title: cut(tool.title, LIMITS.toolTextCharactersMax),
    tool: tool.tool.slice(0, 50),
    status,
    ...(tool.input !== "" && { input: cut(tool.input, LIMITS.toolTextCharactersMax) }),
    ...(done && output !== "" && { output: cut(output, LIMITS.toolTextCharactersMax) }),
    ...(tool.diffs.length > 0 && { diffs: tool.diffs }),
  };
}

function contentText(content: readonly ToolCallContent[]): string {
  return content
    .flatMap((part) => (part.type === "content" && part.content.type === "text" ? [part.content.text] : []))
    .join("\n");
}

function contentDiffs(content: readonly ToolCallContent[]): Diffs {
  const diffs: Diffs = [];
  let left: number = LIMITS.diffCharactersMax;
  for (const part of content) {
    if (part.type !== "diff" || diffs.length >= LIMITS.diffFilesMax) continue;
    const before = part.oldText == null ? null : cut(part.oldText, Math.floor(left / 2));
    const after = cut(part.newText, Math.max(0, left - (before?.length ?? 0)));
    left = Math.max(0, left - (before?.length ?? 0) - after.length);
    diffs.push({ path: cut(part.path, 4000), before, after });
  }
  return diffs;
}

/** Codex streams a command's output beside the protocol's own fields. */
const terminalMeta = z.object({ terminal_output_delta: z.object({ data: z.string() }) });

function terminalText(meta: unknown): string {
  const parsed = terminalMeta.safeParse(meta);
  return parsed.success ? parsed.data.terminal_output_delta.data : "";
}

/** OpenCode wraps what a tool printed: the text is what a reader wants. */
const wrappedOutput = z.looseObject({ output: z.string() });

function outputText(value: unknown): string {
  const parsed = wrappedOutput.safeParse(value);
  return parsed.success ? parsed.data.output : asText(value);
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Cuts to at most `max` characters and says that it did. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return clean(text);
  const mark = "\n[cut here: too long to record]";
  return clean(text.slice(0, Math.max(0, max - mark.length)) + mark.slice(0, max));
}

/** Half characters and NUL cannot be stored as text. */
function clean(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "\uFFFD");
}
