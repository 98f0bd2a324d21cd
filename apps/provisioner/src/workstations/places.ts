/** Where on this host a workstation's two sockets are, and the other fixed places that the provisioner reads. */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of this source tree. */
export const repositoryRoot = fileURLToPath(new URL("../../../..", import.meta.url));

export const seccompProfileFile = join(repositoryRoot, "infra/seccomp/workstation.json");

/** The folders that are mounted into a workstation, one owned by the gate and one by the runner. */
export function socketFolders(
  home: string,
  workstation: string,
): { gateFolder: string; runnerFolder: string } {
  return {
    gateFolder: join(resolve(home), "gate/sockets", workstation),
    runnerFolder: join(resolve(home), "runner/sockets", workstation),
  };
}

/** Tells this installation's containers from another's on a shared engine. */
export function installationName(home: string): string {
  return createHash("sha256").update(resolve(home)).digest("hex").slice(0, 12);
}
