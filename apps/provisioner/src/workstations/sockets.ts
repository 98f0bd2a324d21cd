/** Whether the gate and the runner offer their sockets for a workstation yet. The provisioner looks, and never connects. */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { socketFolders } from "./places.ts";

/** Names the ones whose socket is not there, as a sentence would; empty when both are. */
export function missingSockets(home: string, workstation: string): string[] {
  const { gateFolder, runnerFolder } = socketFolders(home, workstation);
  const missing: string[] = [];
  if (!isSocket(join(gateFolder, "gate.sock"))) missing.push("the gate");
  if (!isSocket(join(runnerFolder, "runner.sock"))) missing.push("the runner");
  return missing;
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}
