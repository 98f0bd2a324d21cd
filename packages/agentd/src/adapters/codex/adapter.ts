/** Codex, driven by @agentclientprotocol/codex-acp. Its provider and instructions are in /etc/codex/config.toml, which agentd writes. */
import { z } from "zod";
import type { AgentAdapter, TurnFailure } from "../adapter.ts";

/** How codex-acp says that a turn failed, to clients that ask for it: the turn itself always ends well. */
const failureMeta = z.object({
  jetbrains: z.object({
    air: z.object({
      sessionFailure: z.object({ category: z.string(), severity: z.string(), title: z.string() }),
    }),
  }),
});

const BROKEN_WORDS = /connection|disconnected|transport|network|timed out|stream closed/i;

function failureFromWords(message: string): TurnFailure {
  return BROKEN_WORDS.test(message) && !/\b(4\d\d|529)\b/.test(message) ? "connection" : "other";
}

export const codexAdapter: AgentAdapter = {
  name: "codex",
  modelVariables: ["OPENAI_BASE_URL"],
  command: ["codex-acp"],
  environment: () => ({ INITIAL_AGENT_MODE: "agent-full-access", NO_BROWSER: "1" }),
  freeMode: "agent-full-access",
  // Failures by kind, and what a command prints.
  offer: {
    terminal_output_delta: true,
    jetbrains: { air: { version: 1, capabilities: ["sessionFailure"] } },
  },
  failureOf: ({ message }) => failureFromWords(message),
  failureIn: (meta) => {
    const parsed = failureMeta.safeParse(meta);
    if (!parsed.success) return null;
    const { category, severity, title } = parsed.data.jetbrains.air.sessionFailure;
    if (severity !== "error") return null;
    return { failure: category === "connection" ? "connection" : failureFromWords(title), message: title };
  },
  // It waits for as long as a retry-after says, hours if need be.
  repeatsRefused: true,
};
