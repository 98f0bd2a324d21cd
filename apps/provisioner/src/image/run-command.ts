/** Runs one program of the build, line by line for the progress page, with an end of patience and the reason when it fails. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";

export interface CommandOptions {
  /** What is being done, for the error. */
  step: string;
  signal: AbortSignal;
  onLine?: (line: string) => void;
  cwd?: string;
}

/** Resolves when the program ended well. Problem `image.failed` carries the last lines that it wrote. Files it makes are readable by all. */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<void> {
  const child = spawn("sh", ["-c", 'umask 022; exec "$@"', "sh", program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    signal: AbortSignal.any([options.signal, AbortSignal.timeout(LIMITS.imageStepMs)]),
    // npm takes its time over a SIGTERM, and all that it leaves half-done is in a folder that is thrown away.
    killSignal: "SIGKILL",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let tail = "";
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      tail = `${tail}\n${line}`.slice(-LIMITS.commandOutputBytesMax);
      options.onLine?.(line);
    });
  }
  const failure = await new Promise<string | null>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) =>
      resolve(code === 0 ? null : `${program} ended with ${signal ?? `status ${code}`}`),
    );
  });
  if (failure !== null)
    throw new Problem("image.failed", {
      step: options.step,
      why: `${failure}. ${tail.trim().split("\n").slice(-6).join(" | ")}`,
    });
}
