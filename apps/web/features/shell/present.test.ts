import { expect, test } from "vitest";
import { agentsOffered } from "./present.ts";

const ALL = ["claude", "codex", "opencode"] as const;

test("an agent is offered where a model that it can use is open, and the sentence names what the others need", () => {
  expect(agentsOffered(ALL, new Set(["anthropic", "openai"]))).toEqual({
    agents: [...ALL],
    withoutModel: null,
  });
  const one = agentsOffered(ALL, new Set(["anthropic"]));
  expect(one.agents).toEqual(["claude", "opencode"]);
  expect(one.withoutModel).toContain("codex needs a model with OpenAI’s API");
  expect(agentsOffered(ALL, new Set(["openai"])).agents).toEqual(["codex", "opencode"]);
});

test("without any model nothing is hidden, and it says what to do", () => {
  const none = agentsOffered(["claude"], new Set());
  expect(none.agents).toEqual(["claude"]);
  expect(none.withoutModel).toContain("add one in set-up");
});
