/** /etc/gitconfig: ordinary remotes of the organization's repositories lead to the gate, whichever way they are written. Holds no secret. */
import type { WorkstationEnvironment } from "@nightgate/shared/workstation-environment";

/** The file's text. */
export function gitconfig(environment: WorkstationEnvironment | null): string {
  const lines = [
    "# Written by agentd from what the gate says. Changes here are overwritten; your own belong in ~/.gitconfig.",
    "[user]",
    "\tname = Agent",
    "\temail = agent@nightgate.invalid",
    "[init]",
    "\tdefaultBranch = main",
    "[http]",
    "\t# A held push is silent for long.",
    "\tlowSpeedLimit = 0",
    `\tsslCAInfo = /etc/ssl/certs/ca-certificates.crt`,
    "[pack]",
    "\t# The gate is on this machine: looking at three neighbours for a delta instead of ten takes a third of the time and makes packs 1 % larger.",
    "\twindow = 3",
    "[credential]",
    "\t# There are no credentials here, and none are needed.",
    "\thelper =",
    "[core]",
    "\taskPass =",
    "[advice]",
    "\tdetachedHead = false",
    "[safe]",
    "\tdirectory = *",
    '[filter "lfs"]',
    "\tclean = git-lfs clean -- %f",
    "\tsmudge = git-lfs smudge -- %f",
    "\tprocess = git-lfs filter-process",
    "\trequired = true",
    "[lfs]",
    "\t# Locks are kept by people, at the upstream.",
    "\tlocksverify = false",
  ];
  for (const { url, aliases, gateUrl } of environment?.repositories ?? []) {
    lines.push(`[url "${quoted(gateUrl)}"]`);
    for (const form of new Set([url, ...aliases].flatMap(withSuffix)))
      lines.push(`\tinsteadOf = "${quoted(form)}"`);
  }
  return `${lines.join("\n")}\n`;
}

/** Remotes are written with and without `.git`; git takes the longest form that fits. */
function withSuffix(form: string): string[] {
  const bare = form.replace(/(\.git)?\/?$/, "");
  return [bare, `${bare}.git`];
}

/** Inside double quotes of git's configuration; control characters have no business in a URL. */
function quoted(text: string): string {
  return text
    .replaceAll(/\p{Cc}/gu, "")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"');
}
