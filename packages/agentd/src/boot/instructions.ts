/** Installs the contract as system-level instructions, in the place where each agent reads them, so that no repository has to carry it. */
import { join } from "node:path";
import { WORKSTATION_CONTRACT } from "@nightgate/shared/workstation-contract";
import { writeIfChanged } from "./write-if-changed.ts";

/** Claude Code's managed memory: read in every session, before the user's and the project's own. */
const CLAUDE_MANAGED_MEMORY = "/etc/claude-code/CLAUDE.md";

/** Writes the contract below `root`. */
export async function installInstructions(root: string): Promise<void> {
  await writeIfChanged(join(root, CLAUDE_MANAGED_MEMORY), WORKSTATION_CONTRACT);
}
