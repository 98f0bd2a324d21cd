// Runs the product's own small programs for backup and restore, each as the user whom it concerns, with streams.
import { spawn } from "node:child_process";
import { Refusal } from "../launcher/say.mjs";

const WORDS_MAX = 4_000;

/**
 * Starts one. `done` resolves with what it printed on stderr, or rejects with a Refusal in its words.
 * @param {{ command: string[], cwd: string, env: Record<string, string> }} spec
 * @param {string[]} args
 */
export function startProgram(spec, args = [], sentence = "A part of the backup failed.") {
  const [program, ...script] = spec.command;
  const child = spawn(program, [...script, ...args], {
    cwd: spec.cwd,
    env: spec.env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (words = (words + text).slice(-WORDS_MAX)));
  // A program that ends early closes its input; its status says why.
  child.stdin.on("error", () => undefined);
  const done = new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Refusal(`${sentence}\n  ${error.message}`)));
    child.once("close", (code) =>
      code === 0
        ? resolve(words)
        : reject(new Refusal(`${sentence}\n${words.trim().replace(/^/gm, "    ")}`)),
    );
  });
  done.catch((error) => error);
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, done };
}

/** What it prints, to the end; throws when it fails. */
export async function* outputOf(running) {
  yield* running.stdout;
  await running.done;
}

/** All of what it prints, as text. */
export async function textOf(running) {
  const chunks = [];
  for await (const chunk of running.stdout) chunks.push(chunk);
  await running.done;
  return Buffer.concat(chunks).toString("utf8");
}

/** A system command in the same manner; `mayDiffer` takes tar's status 1, "a file changed as it was read". */
export function startTar(args, { mayDiffer = false } = {}) {
  const child = spawn("tar", args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, LC_ALL: "C" } });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (words = (words + text).slice(-WORDS_MAX)));
  child.stdin.on("error", () => undefined);
  const done = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 || (mayDiffer && code === 1)
        ? resolve(words)
        : reject(new Refusal(`tar ended with ${code}:\n${words}`)),
    );
  });
  done.catch((error) => error);
  return { stdin: child.stdin, stdout: child.stdout, done };
}
