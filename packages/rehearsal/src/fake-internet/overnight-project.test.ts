import { expect, test } from "vitest";
import { readMessages, standing } from "./conversation.ts";
import { nextReply } from "./scripts.ts";
import { verbCall } from "./tool-call.ts";

const peer = (name: string, kind: string, state: string, you: boolean): Record<string, unknown> => {
  return { peer_name: name, kind, description: "", state, agents: ["codex"], works_on: "", run: null, you };
};
const PEERS = JSON.stringify({
  peers: [
    peer("atlas", "workstation", "busy", true),
    peer("atlas/night", "job", "waiting", false),
    peer("atlas/status", "job", "busy", true),
    peer("borealis", "workstation", "asleep", false),
    peer("borealis/migrate", "job", "waiting", false),
    peer("people", "people", "waiting", false),
  ],
});

/** After a tool has answered `result` to the first step about `prompt`, which had to be looked up. */
function second(prompt: string, result: string): ReturnType<typeof nextReply> {
  const used = (name: string): unknown => ({ role: "assistant", content: [{ type: "tool_use", name }] });
  const got = (text: string): unknown => ({
    role: "user",
    content: [{ type: "tool_result", content: [{ type: "text", text }] }],
  });
  const messages = [
    { role: "user", content: prompt },
    used("ToolSearch"),
    got("found"),
    used("mcp__nightgate__list_peers"),
    got(result),
  ] as Parameters<typeof readMessages>[0]["messages"];
  return nextReply(standing(readMessages({ model: "scripted", messages })));
}

test("the orchestrator hands the work to the other workstation that it was told of", () => {
  expect(second("Migrate v1 to v2 on project-a overnight.", PEERS).verb).toMatchObject({
    name: "job_create",
    args: { workstation: "borealis", agent: "codex", notify: true },
  });
});

test("the question of the early morning goes to every job that has not ended, but to its own", () => {
  expect(second("Ask every agent that has work for its status.", PEERS).verb).toMatchObject({
    name: "ask_many",
    args: { peer_names: ["atlas/night", "borealis/migrate"] },
  });
});

test("a tool is called as each agent has it, and looked up where it is not shown yet", () => {
  const fn = (name: string): Parameters<typeof verbCall>[0][number] => ({ name, kind: "function" });
  const named = (...names: string[]): string | undefined => verbCall(names.map(fn), "ask", {})?.name;
  expect(named("Bash", "ToolSearch", "mcp__nightgate__ask")).toBe("mcp__nightgate__ask");
  expect(named("Bash", "ToolSearch")).toBe("ToolSearch");
  expect(named("bash", "nightgate_ask")).toBe("nightgate_ask");
  expect(verbCall([{ name: "exec", kind: "custom" }], "ask", { a: 1 })?.input).toBe(
    'text(JSON.stringify(await tools.mcp__nightgate__ask({"a":1})));',
  );
  expect(named("Bash")).toBeUndefined();
});
