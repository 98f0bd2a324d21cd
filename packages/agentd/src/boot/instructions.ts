/** Installs the contract as system-level instructions, in the place where each agent reads them, so that no repository has to carry it. */
import { join } from "node:path";
import { WORKSTATION_CONTRACT } from "@nightgate/shared/workstation-contract";
import { writeIfChanged } from "./write-if-changed.ts";

/** Claude Code's managed memory: read in every session, before the user's and the project's own. */
const CLAUDE_MANAGED_MEMORY = "/etc/claude-code/CLAUDE.md";
/** Named in OpenCode's managed configuration, and there for any agent that a person brings. */
export const CONTRACT_FILE = "/etc/nightgate/AGENTS.md";

/** Writes the contract below `root`. Codex has it in its configuration (agent-config.ts). */
export async function installInstructions(root: string): Promise<void> {
  for (const path of [CLAUDE_MANAGED_MEMORY, CONTRACT_FILE])
    await writeIfChanged(join(root, path), WORKSTATION_CONTRACT);
}
