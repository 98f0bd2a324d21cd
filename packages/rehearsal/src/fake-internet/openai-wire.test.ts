import { expect, test } from "vitest";
import { asCompletionChunks } from "./chat-wire.ts";
import { standing } from "./conversation.ts";
import { chatRequest, readChat, readResponses, responsesRequest } from "./openai-wire.ts";
import { asResponseEvents } from "./responses-wire.ts";
import { offersShell, shellCall, waitCall } from "./tool-call.ts";

const user = (text: string): unknown => ({ role: "user", content: [{ type: "input_text", text }] });

test("one answer of several items is one step, waiting is none, and a client's own words are no prompt", () => {
  const read = readResponses(
    responsesRequest.parse({
      model: "m",
      input: [
        {
          type: "additional_tools",
          tools: [
            {
              type: "namespace",
              name: "functions",
              tools: [
                { type: "custom", name: "exec" },
                { type: "function", name: "wait" },
              ],
            },
          ],
        },
        { role: "developer", content: "Be good." },
        user("<environment_context>"),
        user("Add a note"),
        { type: "reasoning", id: "r" },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "I push." }] },
        { type: "custom_tool_call", name: "exec", call_id: "c", input: "x" },
        { type: "custom_tool_call_output", call_id: "c", output: "Script running with cell ID 7" },
        { type: "function_call", name: "wait", call_id: "d", arguments: "{}" },
        { type: "function_call_output", call_id: "d", output: [{ type: "input_text", text: "Exit code 1" }] },
      ],
    }),
  );
  expect(standing(read)).toEqual({
    task: "Add a note",
    prompt: "Add a note",
    step: 1,
    toolResult: "Exit code 1",
    toolFailed: true,
  });
  expect(offersShell(read.tools)).toBe(true);
  expect(shellCall(read.tools, "ls", "")?.input).toContain('cmd: "ls"');
  expect(waitCall(read.tools, "Script running with cell ID 7\n")?.input).toContain('"cell_id":"7"');
});

test("chat: tools by their nested names, results by their role, and usage only where it is asked for", () => {
  const request = chatRequest.parse({
    model: "m",
    stream_options: { include_usage: true },
    tools: [{ type: "function", function: { name: "bash" } }],
    messages: [
      { role: "system", content: "Be good." },
      { role: "user", content: "Add a note" },
      { role: "assistant", content: null },
      { role: "tool", content: "done", tool_call_id: "c" },
    ],
  });
  const read = readChat(request);
  expect(standing(read)).toMatchObject({ prompt: "Add a note", step: 1, toolResult: "done" });
  const call = shellCall(read.tools, "ls", "");
  expect(call).toMatchObject({ name: "bash", input: '{"command":"ls"}' });
  const chunks = asCompletionChunks(request, { text: "I look.", call });
  expect(chunks.at(-1)).toBe("data: [DONE]\n\n");
  expect(chunks.at(-2)).toContain("prompt_tokens");
  expect(asCompletionChunks({ ...request, stream_options: null }, { text: "", call }).join("")).not.toContain(
    "prompt_tokens",
  );
});

test("a stream of the responses API ends with the whole answer and its usage, cached tokens apart", () => {
  const request = responsesRequest.parse({ model: "m", input: "Hello" });
  const events = asResponseEvents(request, { text: "Hi", call: null });
  expect(events[0]).toContain("event: response.created");
  expect(events.at(-1)).toMatch(/response\.completed.*"text":"Hi".*"cached_tokens"/s);
});
