/** Installs Debian packages as root on the agent's request, and remembers them in the home for the next image. Nothing but plain package names reaches apt. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";
import { type AgentUser, startAsAgent, whenEnded } from "../runs/processes.ts";

/** Debian policy, 5.6.1, with an optional exact version. Never an option: it begins with a letter or digit. */
const PACKAGE = /^[a-z0-9][a-z0-9+.-]{1,99}(=[A-Za-z0-9.+:~-]{1,100})?$/;

export interface AptInstaller {
  /** Installs, one request after the other. Calls `onOutput` with what apt says. Problems `apt.refused` and `apt.failed`. */
  install(packages: readonly string[], onOutput: (text: string) => void): Promise<void>;
  /** Installs again what was remembered and is not there (after the image was upgraded). */
  replay(onOutput: (text: string) => void): Promise<void>;
}

export interface AptOptions {
  user: AgentUser;
  environment(): Record<string, string>;
}

/** Makes the installer. apt finds the proxy in the configuration that agentd wrote. */
export function aptInstaller({ user, environment }: AptOptions): AptInstaller {
  const list = join(user.home, ".config/nightgate/apt-packages");
  let tail: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  const install = async (packages: readonly string[], onOutput: (text: string) => void): Promise<void> => {
    const env = { ...environment(), HOME: "/root", DEBIAN_FRONTEND: "noninteractive" };
    if ((await asRoot("apt-get", ["update", "-q"], env, onOutput)) !== 0)
      throw new Problem("apt.failed", { why: "the package lists could not be read; its output is above" });
    const status = await asRoot(
      "apt-get",
      ["install", "-q", "-y", "--no-install-recommends", "--", ...packages],
      env,
      onOutput,
    );
    if (status !== 0) throw new Problem("apt.failed", { why: "its output is above" });
    await remember(list, packages, user);
  };
  const inTurn = async (work: () => Promise<void>): Promise<void> => {
    if (waiting >= LIMITS.aptRequestsQueuedMax)
      throw new Problem("too-many", { what: "installations waiting", limit: LIMITS.aptRequestsQueuedMax });
    waiting += 1;
    const done = tail.then(work, work);
    tail = done.catch(String);
    await done.finally(() => (waiting -= 1));
  };
  return {
    install: async (packages, onOutput) => {
      for (const name of packages)
        if (!PACKAGE.test(name)) throw new Problem("apt.refused", { name: name.slice(0, 100) });
      if (packages.length === 0 || packages.length > LIMITS.aptPackagesMax)
        throw new Problem("too-many", { what: "packages at once", limit: LIMITS.aptPackagesMax });
      await inTurn(async () => await install(packages, onOutput));
    },
    replay: async (onOutput) => {
      const missing: string[] = [];
      for (const name of await remembered(list)) if (!(await isInstalled(name))) missing.push(name);
      if (missing.length > 0)
        await inTurn(async () => await install(missing.slice(0, LIMITS.aptPackagesMax), onOutput));
    },
  };
}

/** The list lies in the agent's home: it may say anything, so it is read as names and nothing else. */
async function remembered(list: string): Promise<string[]> {
  const text = await readFile(list, "utf8").catch(() => "");
  return [
    ...new Set(
      text
        .slice(0, LIMITS.aptListCharactersMax)
        .split("\n")
        .filter((name) => PACKAGE.test(name)),
    ),
  ];
}

/** Written by a process of the agent's own: root never follows a path that the agent made. */
async function remember(list: string, packages: readonly string[], user: AgentUser): Promise<void> {
  const names = [...new Set([...(await remembered(list)), ...packages])].sort();
  const script = 'mkdir -p "$(dirname "$1")" && cat > "$1"';
  const child = startAsAgent("/bin/sh", ["-c", script, "remember", list], {
    user,
    cwd: user.home,
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.stdin?.end(`${names.join("\n")}\n`);
  await whenEnded(child);
}

async function isInstalled(name: string): Promise<boolean> {
  const child = spawn("dpkg-query", ["-W", "-f", "${db:Status-Status}", "--", name.split("=")[0] ?? name], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let state = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (state += text));
  await whenEnded(child);
  return state === "installed";
}

async function asRoot(
  command: string,
  args: string[],
  env: Record<string, string>,
  onOutput: (text: string) => void,
): Promise<number> {
  // apt's own sandbox user has no business here: root is nobody outside, and the way out is the gate's.
  const child: ChildProcess = spawn(
    command,
    ["-o", "APT::Sandbox::User=root", "-o", "Dpkg::Use-Pty=0", ...args],
    { env, stdio: ["ignore", "pipe", "pipe"], timeout: LIMITS.aptMsMax },
  );
  child.stdout?.setEncoding("utf8").on("data", onOutput);
  child.stderr?.setEncoding("utf8").on("data", onOutput);
  const { status, error } = await whenEnded(child);
  if (error) onOutput(`${error.message}\n`);
  return status ?? 1;
}
