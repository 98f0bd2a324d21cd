/**
 * An engine of our own: a second dockerd with its own data, socket and user namespace, so that root inside a
 * workstation is nobody outside, and so that neither the machine's Docker nor its users can touch a workstation.
 */
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";
import type { EnginePaths } from "./paths.ts";

export interface RunningEngine {
  process: ChildProcess;
  /** Resolves with a sentence when dockerd has ended. */
  ended: Promise<string>;
}

/** Starts dockerd and resolves when it answers `isUp`. Problem `engine.unusable` says what is missing or went wrong. */
export async function startOwnEngine(
  paths: EnginePaths,
  { clock, isUp }: { clock: Clock; isUp: () => Promise<boolean> },
): Promise<RunningEngine> {
  const missing = whatIsMissing();
  if (missing !== null) throw new Problem("engine.unusable", { why: missing });
  prepareFolders(paths);
  await endPredecessor(paths, clock);
  const engine = spawnDockerd(paths);
  let ending: string | null = null;
  void engine.ended.then((sentence) => (ending = sentence));
  for (const until = clock.now() + LIMITS.engineReadyMs; clock.now() < until; await clock.wait(100)) {
    if (ending !== null)
      throw new Problem("engine.unusable", { why: `${String(ending)} ${lastLogLine(paths)}` });
    if (await isUp()) return engine;
  }
  engine.process.kill("SIGKILL");
  throw new Problem("engine.unusable", {
    why: `it did not answer within ${LIMITS.engineReadyMs / 1000} s. ${lastLogLine(paths)}`,
  });
}

/** Asks dockerd to end, kills it if it does not, and takes its mounts and its folder under /run away again. */
export async function stopOwnEngine(paths: EnginePaths, engine: RunningEngine, clock: Clock): Promise<void> {
  engine.process.kill("SIGTERM");
  // Called off when it is not needed: a timer that is left keeps this process, and so a Ctrl-C, waiting.
  const waiting = new AbortController();
  const inTime = await Promise.race([
    engine.ended.then(() => true),
    clock.wait(LIMITS.engineStopMs, waiting.signal).then(
      () => false,
      () => true,
    ),
  ]);
  waiting.abort();
  if (!inTime) {
    engine.process.kill("SIGKILL");
    await engine.ended;
  }
  // Innermost first. The folder goes only when nothing is mounted in it any more: below a mount is the data.
  for (const folder of mountsBelow(paths.run).toReversed())
    spawnSync("umount", [folder], { stdio: "ignore" });
  if (mountsBelow(paths.run).length === 0) rmSync(paths.run, { recursive: true, force: true });
}

/** What keeps this machine from running an engine, as half a sentence; null if nothing does. */
function whatIsMissing(): string | null {
  if (process.getuid?.() !== 0) return "it needs root, for user namespaces and cgroups";
  for (const program of ["dockerd", "containerd", "runc", "setpriv", "mount"]) {
    if (!isOnPath(program)) {
      return `the program ${program} is not installed; on Debian and Ubuntu "apt-get install docker.io util-linux" brings it`;
    }
  }
  const v1 = existsSync("/sys/fs/cgroup/memory") && existsSync("/sys/fs/cgroup/pids");
  if (!v1 && !existsSync("/sys/fs/cgroup/cgroup.controllers")) {
    return "no cgroups are mounted at /sys/fs/cgroup, so memory and processes of a workstation could not be limited";
  }
  return null;
}

function isOnPath(program: string): boolean {
  const folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
  return folders.some((folder) => existsSync(join(folder, program)));
}

function prepareFolders(paths: EnginePaths): void {
  for (const folder of ["/run/nightgate", paths.run]) {
    mkdirSync(folder, { recursive: true });
    // Searchable and no more: processes of the user namespace walk through here to their own files.
    chmodSync(folder, 0o711);
  }
  mkdirSync(paths.data, { recursive: true });
  mkdirSync(paths.dataMount, { recursive: true });
  if (!mountsBelow(paths.run).includes(paths.dataMount)) {
    const mounted = spawnSync("mount", ["--bind", paths.data, paths.dataMount], { encoding: "utf8" });
    if (mounted.status !== 0)
      throw new Problem("engine.unusable", {
        why: `its data folder could not be mounted: ${mounted.stderr.trim()}`,
      });
  }
  // A file of its own, so that the machine's /etc/docker/daemon.json has no say in ours.
  writeFileSync(paths.configFile, JSON.stringify(daemonConfig(paths), null, 2));
  if (existsSync(paths.log) && statSync(paths.log).size > LIMITS.engineLogBytesMax) rmSync(paths.log);
}

function daemonConfig(paths: EnginePaths): Record<string, unknown> {
  return {
    "data-root": paths.dataMount,
    "exec-root": paths.exec,
    pidfile: paths.pidFile,
    hosts: [`unix://${paths.socket}`],
    group: "root",
    // Invariant 1: this engine has no network to give.
    bridge: "none",
    iptables: false,
    ip6tables: false,
    "userland-proxy": false,
    "userns-remap": "default",
    // Invariant 10: workstations go on when this process dies, and are found again by the next one.
    "live-restore": true,
    "no-new-privileges": true,
    "log-level": "warn",
    "shutdown-timeout": LIMITS.engineContainerStopSeconds,
  };
}

function mountsBelow(folder: string): string[] {
  const mountPoints = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "");
  return mountPoints.filter((point) => point.startsWith(`${folder}/`));
}

/** A dockerd of ours that outlived its parent is ended (its workstations go on); pid files that name strangers are removed. */
async function endPredecessor(paths: EnginePaths, clock: Clock): Promise<void> {
  const pid = pidOf(paths.pidFile, paths.configFile);
  if (pid === null) {
    rmSync(paths.pidFile, { force: true });
  } else {
    process.kill(pid, "SIGTERM");
    const until = clock.now() + LIMITS.engineStopMs;
    while (pidOf(paths.pidFile, paths.configFile) === pid) {
      if (clock.now() > until)
        throw new Problem("engine.unusable", { why: `an earlier one (process ${pid}) does not end` });
      await clock.wait(100);
    }
  }
  const containerdPid = join(paths.exec, "containerd/containerd.pid");
  if (pidOf(containerdPid, paths.exec) === null) rmSync(containerdPid, { force: true });
}

/** The process that a pid file names, if it is alive and has `mark` in its command line. */
function pidOf(file: string, mark: string): number | null {
  if (!existsSync(file)) return null;
  const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
  const commandLine = `/proc/${pid}/cmdline`;
  if (!Number.isInteger(pid) || !existsSync(commandLine)) return null;
  return readFileSync(commandLine, "utf8").includes(mark) ? pid : null;
}

function spawnDockerd(paths: EnginePaths): RunningEngine {
  const log = openSync(paths.log, "a", 0o600);
  // --pdeathsig: when this process is killed, dockerd gets the signal that it would have forwarded.
  const child = spawn("setpriv", ["--pdeathsig", "TERM", "dockerd", "--config-file", paths.configFile], {
    stdio: ["ignore", log, log],
    // Its own process group: a Ctrl-C in the terminal reaches us, and we stop workstations first.
    detached: true,
  });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`dockerd could not be started: ${error.message}.`));
    child.once("exit", (code, signal) => resolve(`dockerd ended (${signal ?? `status ${code}`}).`));
  });
  return { process: child, ended };
}

function lastLogLine(paths: EnginePaths): string {
  if (!existsSync(paths.log)) return "";
  const lines = readFileSync(paths.log, "utf8").trimEnd().split("\n");
  return `Its last words: ${lines.at(-1) ?? ""} (all of them: ${paths.log})`;
}
