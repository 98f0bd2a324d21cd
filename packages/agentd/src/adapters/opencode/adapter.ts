/** OpenCode, which speaks the Agent Client Protocol itself. Its providers and instructions are in /etc/opencode/opencode.json, which agentd writes. */
import type { AgentAdapter } from "../adapter.ts";

const BROKEN_WORDS = /connect|ECONN|socket|network|terminated|timed out/i;

export const opencodeAdapter: AgentAdapter = {
  name: "opencode",
  modelVariables: ["OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"],
  command: ["opencode", "acp"],
  environment: () => ({}),
  // What it may do without asking is in its configuration: everything.
  freeMode: null,
  failureOf: ({ message }) =>
    BROKEN_WORDS.test(message) && !/\b(4\d\d|529)\b/.test(message) ? "connection" : "other",
  // It says nothing and asks again, with ever longer pauses, as long as it lives.
  repeatsRefused: true,
};
