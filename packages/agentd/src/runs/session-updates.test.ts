import type { SessionUpdate } from "@agentclientprotocol/sdk";
import { type RunEventBody, runEventBody } from "@nightgate/shared/run-events";
import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { sessionUpdates } from "./session-updates.ts";

function hear(...updates: SessionUpdate[]): RunEventBody[] {
  const told: RunEventBody[] = [];
  const taker = sessionUpdates((body) => told.push(body));
  for (const update of updates) taker.take(update);
  taker.flush();
  // Whatever an agent says fits the contract with the runner.
  for (const body of told) expect(runEventBody.safeParse(body).success).toBe(true);
  return told;
}
const piece = (text: string, messageId = "m"): SessionUpdate => ({
  sessionUpdate: "agent_message_chunk",
  messageId,
  content: { type: "text", text },
});

test("pieces of one message are one event; another message, or a thought, is another", () => {
  const thought: SessionUpdate = {
    sessionUpdate: "agent_thought_chunk",
    content: { type: "text", text: "hm" },
  };
  expect(hear(piece("a"), piece("b"), piece("c", "n"), thought, piece("d", "n"))).toEqual([
    { kind: "agent.message", text: "ab" },
    { kind: "agent.message", text: "c" },
    { kind: "agent.thought", text: "hm" },
    { kind: "agent.message", text: "d" },
  ]);
});

test("a tool call is told of when its input is known, and when it is done; what was said before comes before", () => {
  const call = { toolCallId: "t" };
  expect(
    hear(
      piece("I look"),
      {
        sessionUpdate: "tool_call",
        ...call,
        title: "Terminal",
        kind: "execute",
        status: "pending",
        rawInput: {},
      },
      { sessionUpdate: "tool_call_update", ...call, title: "ls", rawInput: { command: "ls" } },
      { sessionUpdate: "tool_call_update", ...call },
      { sessionUpdate: "tool_call_update", ...call, status: "completed", rawOutput: "a.txt" },
    ),
  ).toEqual([
    { kind: "agent.message", text: "I look" },
    {
      kind: "tool",
      call: "t",
      title: "ls",
      tool: "execute",
      status: "in_progress",
      input: '{"command":"ls"}',
    },
    {
      kind: "tool",
      call: "t",
      title: "ls",
      tool: "execute",
      status: "completed",
      input: '{"command":"ls"}',
      output: "a.txt",
    },
  ]);
});

test("an update for a call that was never announced is a call (some agents begin so)", () => {
  expect(
    hear({
      sessionUpdate: "tool_call_update",
      toolCallId: "t",
      status: "failed",
      content: [{ type: "content", content: { type: "text", text: "no" } }],
    }),
  ).toEqual([{ kind: "tool", call: "t", title: "", tool: "other", status: "failed", output: "no" }]);
});

test("diffs are kept with both sides, bounded", () => {
  const [told] = hear({
    sessionUpdate: "tool_call",
    toolCallId: "t",
    title: "Write",
    kind: "edit",
    status: "completed",
    content: [
      { type: "diff", path: "/a", oldText: null, newText: "new" },
      { type: "diff", path: "/b", oldText: "x".repeat(300_000), newText: "y".repeat(300_000) },
    ],
  });
  const diffs = told?.kind === "tool" ? (told.diffs ?? []) : [];
  expect(diffs[0]).toEqual({ path: "/a", before: null, after: "new" });
  expect((diffs[1]?.before?.length ?? 0) + (diffs[1]?.after.length ?? 0)).toBeLessThanOrEqual(
    LIMITS.diffCharactersMax,
  );
  expect(diffs[1]?.after).toContain("[cut here");
});

test("text that no database holds is made whole, and long text is cut and says so", () => {
  expect(hear(piece("a\u0000b\uD800"))).toEqual([{ kind: "agent.message", text: "a\uFFFDb\uFFFD" }]);
  const [told] = hear({
    sessionUpdate: "tool_call",
    toolCallId: "t",
    title: "x",
    status: "completed",
    rawInput: { text: "z".repeat(500_000) },
  });
  expect(told?.kind === "tool" ? told.input?.length : 0).toBeLessThanOrEqual(LIMITS.toolTextCharactersMax);
});

test("a message above the limit is told of in parts", () => {
  const told = hear(...Array.from({ length: 50 }, () => piece("w".repeat(10_000))));
  expect(told.length).toBeGreaterThan(1);
  expect(
    told
      .map((body) => (body.kind === "agent.message" ? body.text.length : 0))
      .reduce((sum, length) => sum + length, 0),
  ).toBe(500_000);
});

test("what codex streams beside the protocol is a tool's output, and what opencode wraps is unwrapped", () => {
  const call = { sessionUpdate: "tool_call_update", toolCallId: "t" } as const;
  const streamed = hear(
    {
      sessionUpdate: "tool_call",
      toolCallId: "t",
      title: "ls",
      kind: "execute",
      rawInput: { command: "ls" },
    },
    { ...call, _meta: { terminal_output_delta: { data: "a\n", terminal_id: "t" } } },
    { ...call, _meta: { terminal_output_delta: { data: "b\n", terminal_id: "t" } } },
    { ...call, status: "completed" },
  );
  expect(streamed).toHaveLength(2);
  expect(streamed.at(-1)).toMatchObject({ status: "completed", output: "a\nb\n" });
  const wrapped = hear({ ...call, status: "completed", rawOutput: { output: "c\n", metadata: { exit: 0 } } });
  expect(wrapped.at(-1)).toMatchObject({ output: "c\n" });
});
