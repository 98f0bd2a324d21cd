/** What a process that fell could do: programs run as its user, with nothing else in the way than what the product puts there. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export const USERS = ["gate", "web", "runner", "provisioner", "postgres", "rehearsal"] as const;
export type User = (typeof USERS)[number];

/** Runs `script` (JavaScript; `given` is its input, `told` collects its answer) as the user of that process, and answers what it told. */
export function asUser(
  user: User,
  script: string,
  given: unknown,
  { inside }: { inside?: number } = {},
): string[] {
  const program = `const fs = require("node:fs"), net = require("node:net"); const told = []; const given = JSON.parse(fs.readFileSync(0, "utf8")); (async () => { ${script} })().then(() => process.stdout.write(JSON.stringify(told)));`;
  const name = `nightgate-${user}`;
  const who = [`--reuid=${name}`, `--regid=${name}`, "--clear-groups", "--", process.execPath, "-e", program];
  // In the file system as the process sees it, or as everybody else does, which hides less.
  const view = inside === undefined ? [] : ["nsenter", `--target=${inside}`, "--mount", "--"];
  const [command = "", ...args] = [...view, "setpriv", ...who];
  const options = {
    input: JSON.stringify(given),
    encoding: "utf8",
    cwd: "/",
    env: {},
    timeout: 60_000,
  } as const;
  return JSON.parse(execFileSync(command, args, options)) as string[];
}

/** Of these files, those that the user can read. */
export const readable = (user: User, paths: readonly string[]): string[] =>
  asUser(
    user,
    `for (const path of given) try { fs.closeSync(fs.openSync(path, "r")); told.push(path); } catch {}`,
    paths,
  );

/** Of these, those that the user can write, as its process sees them. */
export const writable = (user: User, paths: readonly string[], pid: number): string[] =>
  asUser(
    user,
    `for (const path of given) try { fs.accessSync(path, fs.constants.W_OK); told.push(path); } catch {}`,
    paths,
    {
      inside: pid,
    },
  );

/** Of these sockets, those that the user can connect to. */
export const connectable = (user: User, paths: readonly string[]): string[] =>
  asUser(
    user,
    `for (const path of given) await new Promise((next) => { const s = net.connect(path); s.on("connect", () => { told.push(path); s.destroy(); next(); }); s.on("error", () => next()); });`,
    paths,
  );

export const statusOf = (pid: number): Record<string, string> =>
  Object.fromEntries(
    readFileSync(`/proc/${pid}/status`, "utf8")
      .split("\n")
      .map((line) => line.split(":\t").map((part) => part.trim().replaceAll("\t", " ")) as [string, string]),
  );

export function environmentOf(pid: number): string {
  return readFileSync(`/proc/${pid}/environ`, "utf8");
}

/** Whether a handler for SIGUSR1 is installed (proc(5), SigCgt): Node's own opens the debugger. */
export function catchesUsr1(pid: number): boolean {
  return (BigInt(`0x${statusOf(pid)["SigCgt"] ?? "0"}`) & (1n << 9n)) !== 0n;
}
