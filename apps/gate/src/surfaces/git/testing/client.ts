/** A real git client, as it runs in a workstation. */
import { type ChildProcess, spawn } from "node:child_process";

export interface ClientResult {
  code: number | null;
  /** stdout and stderr, in the order in which they came. */
  text: string;
}

export function gitEnvironment(home: string, extra: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: "Atlas",
    GIT_AUTHOR_EMAIL: "atlas@example.com",
    GIT_COMMITTER_NAME: "Atlas",
    GIT_COMMITTER_EMAIL: "atlas@example.com",
    LC_ALL: "C",
    ...extra,
  };
}

export function startClient(
  cwd: string,
  home: string,
  args: readonly string[],
  extra: Record<string, string> = {},
): { child: ChildProcess; ended: Promise<ClientResult> } {
  const child = spawn("git", args, {
    cwd,
    env: gitEnvironment(home, extra),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  const ended = new Promise<ClientResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, text }));
  });
  return { child, ended };
}
