/** The verbs as tools that every agent has by itself: `nightgate mcp`, which asks agentd's own socket and needs no credential. */
import { existsSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { McpServerStdio } from "@agentclientprotocol/sdk";

/** For one run; none where the command is not installed. The protocol wants its whole path, and agents hand on no variables but these. */
export function ownTools(run: string, path: string): McpServerStdio[] {
  const folder = path
    .split(delimiter)
    .find((each) => isAbsolute(each) && existsSync(join(each, "nightgate")));
  if (folder === undefined) return [];
  const env = [{ name: "NIGHTGATE_RUN", value: run }];
  return [{ name: "nightgate", command: join(folder, "nightgate"), args: ["mcp"], env }];
}
