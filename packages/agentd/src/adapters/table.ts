/** The agents that this agentd drives, by name. */
import type { AgentAdapter } from "./adapter.ts";
import { claudeAdapter } from "./claude/adapter.ts";
import { codexAdapter } from "./codex/adapter.ts";
import { opencodeAdapter } from "./opencode/adapter.ts";

const ADAPTERS: Readonly<Partial<Record<string, AgentAdapter>>> = {
  claude: claudeAdapter,
  codex: codexAdapter,
  opencode: opencodeAdapter,
};

/** The adapter of an agent, or null if this version of agentd cannot drive it. */
export function adapterOf(agent: string): AgentAdapter | null {
  return ADAPTERS[agent] ?? null;
}

/** The agents that this agentd drives. */
export const DRIVEN_AGENTS = Object.keys(ADAPTERS);
