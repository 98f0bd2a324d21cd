/** The repository of a run, in the agent's home: cloned once, as the agent, through the gate like everything else. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";
import { type AgentUser, startAsAgent, whenEnded } from "./processes.ts";

export interface Repository {
  url: string;
  folder: string;
}

export interface CloneOptions {
  user: AgentUser;
  env: Record<string, string>;
  onProgress: (line: string) => void;
  signal: AbortSignal;
}

/** Answers the folder of the repository, cloning it if it is not there. Problem `clone.failed` with git's own words; a half clone is taken away. */
export async function ensureClone({ url, folder }: Repository, options: CloneOptions): Promise<string> {
  const work = join(options.user.home, "work");
  await run("mkdir", ["-p", work], options);
  if (/^\.+$/.test(folder)) throw new Problem("clone.failed", { url, why: "its folder has no name" });
  const plain = join(work, folder);
  const origin = await originOf(plain, options);
  if (origin === url) return plain;
  // The name is taken by something else: a folder of its own, the same one each time.
  const path = existsSync(plain)
    ? `${plain}-${createHash("sha256").update(url).digest("hex").slice(0, 8)}`
    : plain;
  if (path !== plain && (await originOf(path, options)) === url) return path;
  options.onProgress(`Cloning ${url}.`);
  const fresh = `${path}.cloning`;
  await run("rm", ["-rf", "--", fresh], options);
  const cloned = await run("git", ["clone", "--quiet", "--", url, fresh], options);
  if (cloned.status !== 0) {
    await run("rm", ["-rf", "--", fresh], options);
    throw new Problem("clone.failed", { url, why: cloned.output || "git gave no reason" });
  }
  const moved = await run("mv", ["-T", "--", fresh, path], options);
  if (moved.status !== 0) throw new Problem("clone.failed", { url, why: moved.output });
  options.onProgress(`Cloned ${url} to ${path}.`);
  return path;
}

async function originOf(path: string, options: CloneOptions): Promise<string | null> {
  if (!existsSync(join(path, ".git"))) return null;
  const { status, output } = await run("git", ["-C", path, "config", "--get", "remote.origin.url"], options);
  return status === 0 ? output : null;
}

async function run(
  command: string,
  args: readonly string[],
  { user, env, signal }: CloneOptions,
): Promise<{ status: number; output: string }> {
  const child = startAsAgent(command, args, {
    user,
    cwd: user.home,
    env: { ...env, GIT_TERMINAL_PROMPT: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (piece: string): void => {
    output = (output + piece).slice(-LIMITS.lastWordsCharactersMax);
  };
  child.stdout?.setEncoding("utf8").on("data", keep);
  child.stderr?.setEncoding("utf8").on("data", keep);
  const kill = (): void => void (child.pid !== undefined && process.kill(-child.pid, "SIGKILL"));
  const timed = AbortSignal.any([signal, AbortSignal.timeout(LIMITS.cloneMsMax)]);
  timed.addEventListener("abort", kill, { once: true });
  const { status, error } = await whenEnded(child);
  timed.removeEventListener("abort", kill);
  if (timed.aborted) return { status: 1, output: signal.aborted ? "it was stopped" : "it took too long" };
  return {
    status: error === null && status !== null ? status : 1,
    output: (error?.message ?? output).trim(),
  };
}
