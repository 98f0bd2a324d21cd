/**
 * Runs git: always with an environment of our own, its own process group, memory and time limits, and a configuration that is
 * handed over in the environment. What an agent pushed can then neither configure nor wait for anything here.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import type { GitLimits } from "./limits.ts";

export type GitSetting = readonly [key: string, value: string];

export interface GitCommand {
  args: readonly string[];
  /** The repository; also the working folder. */
  dir: string;
  settings?: readonly GitSetting[];
  env?: Record<string, string>;
  input?: Buffer | string;
  /** Default: limits.gitMs. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface GitResult {
  code: number | null;
  stdout: Buffer;
  /** What git complained about, cut at limits.complaintBytesMax. May contain what an upstream said: scrub it before showing. */
  stderr: string;
}

export interface Git {
  /** Runs to the end. A failing command is an answer, not an error; a command over its time or output limit is a Problem. */
  run(command: GitCommand): Promise<GitResult>;
  /** As `run`, but anything except exit code 0 is a Problem. */
  must(command: GitCommand): Promise<Buffer>;
  /** Starts a command with pipes at file descriptors 0 to 2 and `morePipes` behind them. The caller waits and kills. */
  spawn(command: GitCommand, morePipes?: number): ChildProcess;
  /** As `spawn`, but git starts only when a line arrives on descriptor 3; if the pipe closes first it never starts. */
  spawnWaiting(command: GitCommand): ChildProcess;
  readonly limits: GitLimits;
  readonly clock: Clock;
}

/** Strict wherever git is lax. Given to every process, so that a file in the mirror cannot soften it. */
const STRICT_SETTINGS: readonly GitSetting[] = [
  ["safe.directory", "*"],
  ["core.fsync", "all"],
  ["core.fsyncMethod", "fsync"],
  ["core.attributesFile", "/dev/null"],
  ["core.excludesFile", "/dev/null"],
  ["core.logAllRefUpdates", "false"],
  ["core.bigFileThreshold", "16m"],
  ["core.packedGitLimit", "512m"],
  ["core.packedGitWindowSize", "32m"],
  ["core.deltaBaseCacheLimit", "64m"],
  ["core.protectNTFS", "false"],
  ["core.protectHFS", "false"],
  ["pack.threads", "1"],
  ["pack.windowMemory", "256m"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["receive.autogc", "false"],
  ["credential.helper", ""],
  ["advice.pushUpdateRejected", "false"],
];

/**
 * RLIMIT_CORE 0, because a core file would hold what a process knew; RLIMIT_AS against packs that grow; RLIMIT_FSIZE (in blocks of 512
 * bytes) against upstreams that never stop sending, with its signal ignored, so that git says what happened.
 */
const START = 'ulimit -c 0; ulimit -v "$0"; trap "" XFSZ; ulimit -f "$1"; shift; exec git "$@"';
const START_WAITING = `read -r go <&3 || exit 97; exec 3<&-; ${START}`;

function environment(home: string, command: GitCommand): Record<string, string> {
  const settings = [...STRICT_SETTINGS, ...(command.settings ?? [])];
  const env: Record<string, string> = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: home,
    XDG_CONFIG_HOME: home,
    LC_ALL: "C",
    TZ: "UTC",
    GIT_DIR: command.dir,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "/bin/false",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_CONFIG_COUNT: String(settings.length),
    ...command.env,
  };
  for (const [index, [key, value]] of settings.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return env;
}

/** Kills the child and everything that it started (it leads a process group of its own). */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Resolves once the child and its pipes are closed: with the exit code, or null if it was killed or could not start. */
export function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once("error", () => resolve(null));
    child.once("close", (code) => resolve(code));
  });
}

/** Makes the runner. `home` is an empty folder; aborting `signal` kills what is still running. */
export function createGit(options: {
  limits: GitLimits;
  clock: Clock;
  home: string;
  signal: AbortSignal;
}): Git {
  const { limits, clock, home } = options;
  const memoryKiB = String(Math.floor(limits.gitMemoryBytesMax / 1024));
  const fileBlocks = String(Math.ceil(limits.fileBytesMax / 512));

  function start(script: string, command: GitCommand, pipes: number): ChildProcess {
    const child = spawn("/bin/sh", ["-c", script, memoryKiB, fileBlocks, ...command.args], {
      cwd: command.dir,
      env: environment(home, command),
      stdio: Array.from({ length: 3 + pipes }, () => "pipe" as const),
      detached: true,
    });
    const kill = (): void => killGroup(child);
    options.signal.addEventListener("abort", kill, { once: true });
    child.once("close", () => options.signal.removeEventListener("abort", kill));
    return child;
  }

  async function run(command: GitCommand): Promise<GitResult> {
    const child = start(START, command, 0);
    const what = `git ${command.args.find((arg) => !arg.startsWith("-")) ?? ""}`;
    const over: { problem: Problem | null } = { problem: null };
    const giveUp = (problem: Problem): void => {
      over.problem ??= problem;
      killGroup(child);
    };
    const done = new AbortController();
    clock.wait(command.timeoutMs ?? limits.gitMs, done.signal).then(
      () => giveUp(new Problem("git.too-slow", { what })),
      () => "ended in time",
    );
    const aborted = (): void => giveUp(new Problem("git.broken", { what, why: "it was stopped" }));
    if (command.signal?.aborted === true) aborted();
    command.signal?.addEventListener("abort", aborted, { once: true });
    const output: Buffer[] = [];
    let outputBytes = 0;
    child.stdout?.on("data", (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes > limits.outputBytesMax)
        giveUp(
          new Problem("git.too-large", {
            what: `the answer of ${what}`,
            limit: `${limits.outputBytesMax} bytes`,
          }),
        );
      else output.push(chunk);
    });
    const complaints = collectText(child, limits.complaintBytesMax);
    // A command may end before it has read its input; its exit code says what that means.
    child.stdin?.on("error", () => "the exit code tells");
    child.stdin?.end(command.input ?? "");
    try {
      const code = await ended(child);
      if (over.problem !== null) throw over.problem;
      return { code, stdout: Buffer.concat(output), stderr: complaints() };
    } finally {
      done.abort();
      command.signal?.removeEventListener("abort", aborted);
    }
  }

  return {
    limits,
    clock,
    run,
    must: async (command) => {
      const result = await run(command);
      if (result.code === 0) return result.stdout;
      const what = `git ${command.args.find((arg) => !arg.startsWith("-")) ?? ""}`;
      if (saysFull(result.stderr)) throw new Problem("disk.full", { where: "the gate's disk" });
      throw new Problem("git.broken", {
        what,
        why:
          result.stderr.replaceAll(command.dir, "the mirror").trim().slice(0, 500) ||
          `exit code ${String(result.code)}`,
      });
    },
    spawn: (command, morePipes = 0) => start(START, command, morePipes),
    spawnWaiting: (command) => start(START_WAITING, command, 1),
  };
}

/** In the words of the C library, which LC_ALL=C makes English. */
export function saysFull(complaint: string): boolean {
  return /No space left on device|Disk quota exceeded/.test(complaint);
}

/** Collects what a child says on stderr, cut at `bytesMax`; answers what there is so far. */
export function collectText(child: ChildProcess, bytesMax: number): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.stderr?.on("data", (chunk: Buffer) => {
    if (bytes < bytesMax) chunks.push(chunk.subarray(0, bytesMax - bytes));
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}
