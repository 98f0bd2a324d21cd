/** Which model API each agent can think with: web offers an agent only where there is one, and agentd starts it only then. */
import type { AgentName } from "./agentd-protocol.ts";
import type { MODEL_APIS } from "./policy.ts";

export type ModelApi = (typeof MODEL_APIS)[number];

/** Any one of them is enough. */
export const APIS_OF_AGENT: Readonly<Record<AgentName, readonly ModelApi[]>> = {
  claude: ["anthropic"],
  codex: ["openai"],
  opencode: ["openai", "anthropic"],
};

/** The APIs as people know them. */
export const API_TITLES: Readonly<Record<ModelApi, string>> = { anthropic: "Anthropic", openai: "OpenAI" };
