// Runs one outside command to its end, with a time limit, and keeps the tail of what it said for the error. Nothing
// goes through a shell.
import { spawn } from "node:child_process";
import { Refusal } from "./say.mjs";

const TAIL_CHARACTERS_MAX = 4_000;

/** Commands that run now; a launcher that stops ends them as well. */
const running = new Set();

/**
 * Answers { code, output, printed }: both streams, and standard output alone, each cut to its last characters. The
 * code is null when the time limit ended it.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, timeoutMs?: number, inherit?: boolean }} options
 */
export function runCommand(
  program,
  args,
  { cwd, env = process.env, timeoutMs = 600_000, inherit = false } = {},
) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: inherit ? "inherit" : ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let output = "";
    let printed = "";
    const keep = (chunk) => {
      output = (output + chunk).slice(-TAIL_CHARACTERS_MAX);
    };
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup(child.pid);
    }, timeoutMs);
    if (!inherit) {
      child.stdout.setEncoding("utf8").on("data", (chunk) => {
        printed = (printed + chunk).slice(-TAIL_CHARACTERS_MAX);
        keep(chunk);
      });
      child.stderr.setEncoding("utf8").on("data", keep);
    }
    running.add(child.pid);
    child.on("error", (error) => {
      clearTimeout(timer);
      running.delete(child.pid);
      resolve({ code: 127, output: error.message, printed });
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      running.delete(child.pid);
      resolve({ code: timedOut ? null : code, output, printed });
    });
  });
}

/** Ends a whole process group at once; a group that is gone already is what was wanted. */
export function endGroup(pid, signal = "SIGKILL") {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Ends every command that still runs, with what it started. */
export function endCommands() {
  for (const pid of running) if (pid) endGroup(pid);
}

/** As runCommand, but a failure ends the program with `sentence` and the command's own last words. */
export async function mustRun(sentence, program, args, options) {
  const { code, output } = await runCommand(program, args, options);
  if (code === 0) return output;
  const how = code === null ? "ran out of time" : `ended with ${code}`;
  if (output === "") throw new Refusal(`${sentence} (${program} ${how}.)`);
  throw new Refusal(
    `${sentence}\n  ${program} ${args.join(" ")} ${how}:\n${output.trim().replace(/^/gm, "    ")}`,
  );
}
