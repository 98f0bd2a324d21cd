/** Claude Code, driven by @agentclientprotocol/claude-agent-acp. */
import { z } from "zod";
import type { AgentAdapter } from "../adapter.ts";

const errorData = z.object({ errorKind: z.string() });

/** What the adapter answers when its own provider connection broke; statuses have kinds of their own (rate_limit, authentication_failed, ...). */
const BROKEN_KINDS: ReadonlySet<string> = new Set(["server_error", "unknown", "transport_lost", "no_result"]);
const BROKEN_WORDS =
  /connection|ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|socket|network|terminated|fetch failed|timed out|unable to connect/i;

export const claudeAdapter: AgentAdapter = {
  name: "claude",
  modelVariables: ["ANTHROPIC_BASE_URL"],
  command: ["claude-agent-acp"],
  environment: ({ run }) => ({
    ANTHROPIC_CUSTOM_HEADERS: `Nightgate-Run: ${run}`,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
  }),
  freeMode: "bypassPermissions",
  // `x-should-retry: false`, which the gate sets, ends its turn.
  repeatsRefused: false,
  failureOf: ({ message, data }) => {
    const parsed = errorData.safeParse(data);
    const kind = parsed.success ? parsed.data.errorKind : "unknown";
    return BROKEN_KINDS.has(kind) && BROKEN_WORDS.test(message) && !/\b(4\d\d|529)\b/.test(message)
      ? "connection"
      : "other";
  },
};
