/** Starts programs as the agent (uid 1000, never root) in a process group of their own, and ends them with everything that they have started. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { type Clock, systemClock } from "@nightgate/shared/clock";
import { LIMITS } from "../limits.ts";

export interface AgentUser {
  uid: number;
  gid: number;
  home: string;
}

export interface StartOptions {
  user: AgentUser;
  cwd: string;
  env: Record<string, string>;
  stdio: SpawnOptions["stdio"];
}

/** Starts a program as the agent. Where agentd itself is not root (tests on a host) it stays who it is. */
export function startAsAgent(
  command: string,
  args: readonly string[],
  { user, cwd, env, stdio }: StartOptions,
): ChildProcess {
  const who = process.getuid?.() === 0 ? { uid: user.uid, gid: user.gid } : {};
  return spawn(command, [...args], { cwd, env, stdio: stdio ?? "pipe", detached: true, ...who });
}

/** Resolves with one sentence when the process has ended, for whatever reason. */
export function whenEnded(
  child: ChildProcess,
): Promise<{ status: number | null; signal: NodeJS.Signals | null; error: Error | null }> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ status: null, signal: null, error }));
    child.once("exit", (status, signal) => resolve({ status, signal, error: null }));
  });
}

/** Ends the whole process group: asked first, killed after a grace. Resolves when the leader is gone. */
export async function endGroup(child: ChildProcess, clock: Clock = systemClock): Promise<void> {
  if (child.pid === undefined) return;
  const ended =
    child.exitCode !== null || child.signalCode !== null
      ? Promise.resolve()
      : whenEnded(child).then(() => undefined);
  signalGroup(child.pid, "SIGTERM");
  await Promise.race([ended, clock.wait(LIMITS.stopGraceMs)]);
  signalGroup(child.pid, "SIGKILL");
  await ended;
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    // ESRCH: nobody is left, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Reads its own user's processes only: agentd may not look into others' (it has no ptrace capability), the agent's user may. */
const SWEEP =
  'for p in /proc/[0-9]*; do if grep -qzsxF -- "$1" "$p/environ"; then kill -9 "${p#/proc/}" 2>/dev/null; fi; done; exit 0';

/** Kills what left the process group but still carries the run's name in its environment (servers started in the background). */
export async function sweepRun(run: string, user: AgentUser): Promise<void> {
  const child = startAsAgent("/bin/sh", ["-c", SWEEP, "sweep", `NIGHTGATE_RUN=${run}`], {
    user,
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    stdio: "ignore",
  });
  await whenEnded(child);
}
