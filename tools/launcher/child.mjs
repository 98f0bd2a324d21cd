// One long-running process of the product: started in a process group of its own, its words kept in a log, started
// again when it dies, and ended with everything that it started.
import { spawn } from "node:child_process";
import { openLog } from "./log-file.mjs";
import { identityOf } from "./process-identity.mjs";
import { endGroup } from "./run-command.mjs";
import { Refusal, say } from "./say.mjs";

const READY_LINE = /^\W*ready\b/i;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 30_000;
/** A process that stayed up this long starts again without delay the next time. */
const HEALTHY_AFTER_MS = 10_000;
/** After SIGKILL the kernel needs a moment; then it is given up. */
const GONE_MS = 2_000;
/** EX_CONFIG of sysexits(3): its settings are wrong, and trying again does not make them right. */
const EXIT_BAD_SETTINGS = 78;
const TAIL_LINES_MAX = 40;
const LINE_CHARACTERS_MAX = 2_000;

export class Child {
  #spec;
  #log;
  #process = null;
  #gone = Promise.resolve();
  #stopping = false;
  #everReady = false;
  #failures = 0;
  #timer = null;
  #tail = [];
  #settleReady;

  /**
   * @param {{ name: string, command: string[], cwd: string, env: Record<string, string>, logs: string,
   *   readyMs: number, stopMs: number, onChange: () => void }} spec
   */
  constructor(spec) {
    this.#spec = spec;
    this.#log = openLog(`${spec.logs}/${spec.name}.log`);
    /** Resolves with its first line that begins with "ready"; rejects when it ends or is silent for too long before. */
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    // Whoever needs it awaits it; what is rejected after that was told in its own line.
    this.ready.catch((error) => error);
    this.#launch();
  }

  get name() {
    return this.#spec.name;
  }

  /** Who it is now, for the list by which a later start cleans up; null between two lives. */
  identity() {
    return this.#process?.pid && this.#process.exitCode === null ? identityOf(this.#process.pid) : null;
  }

  /** What it has said lately beside being ready: warnings that concern the person at the terminal. */
  words() {
    return this.#tail.filter((line) => line.trim() !== "" && !READY_LINE.test(line));
  }

  /** Asks, waits, then insists; whatever it had started goes with it. */
  async stop() {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#process;
    if (!child?.pid) return;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      if (!(await within(this.#gone, this.#spec.stopMs))) {
        say(`  ${this.name} did not stop within ${this.#spec.stopMs / 1000} s and was ended.`);
        endGroup(child.pid);
        await within(this.#gone, GONE_MS);
      }
    }
    endGroup(child.pid);
    this.#log.close();
  }

  #launch() {
    const { command, cwd, env, readyMs, onChange } = this.#spec;
    const [program, ...args] = command;
    const startedAt = Date.now();
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    this.#process = child;
    this.#tail = [];
    this.#gone = new Promise((resolve) => child.once("close", resolve).once("error", resolve));
    this.#note(`starts, process ${child.pid}`);
    this.#listen(child.stdout, true);
    this.#listen(child.stderr, false);
    const late = setTimeout(() => this.#notReady(`did not get ready within ${readyMs / 1000} s`), readyMs);
    const settled = () => clearTimeout(late);
    this.ready.then(settled, settled);
    child.once("error", (error) => this.#notReady(`could not be started: ${error.message}`));
    // What it had started goes at once: it would hold on to the pipes, and "close" would never come.
    child.once("exit", () => child.pid && endGroup(child.pid));
    child.once("close", (code, signal) => {
      clearTimeout(late);
      onChange();
      if (!this.#stopping) this.#ended(code, signal, Date.now() - startedAt);
    });
    onChange();
  }

  /** It died although nobody asked it to. */
  #ended(code, signal, livedMs) {
    const how = signal ? `was ended by ${signal}` : `ended with ${code}`;
    this.#note(how);
    if (!this.#everReady) return this.#notReady(`${how} before it was ready`);
    if (code === EXIT_BAD_SETTINGS)
      return say(`${this.name} ${how}: its settings are wrong. See ${this.#log.path}`);
    this.#failures = livedMs > HEALTHY_AFTER_MS ? 0 : this.#failures + 1;
    const waitMs =
      this.#failures === 0 ? 0 : Math.min(BACKOFF_FIRST_MS * 2 ** (this.#failures - 1), BACKOFF_MAX_MS);
    const when = waitMs > 0 ? ` in ${waitMs / 1000} s` : "";
    say(`${this.name} ${how}; it is started again${when}. See ${this.#log.path}`);
    this.#timer = setTimeout(() => this.#launch(), waitMs);
  }

  #notReady(why) {
    const lines = this.words().map((line) => `\n    ${line}`);
    const said = lines.length > 0 ? `\n  It said:${lines.join("")}` : "";
    this.#settleReady.reject(new Refusal(`${this.name} ${why}.${said}\n  Its log: ${this.#log.path}`));
  }

  #note(text) {
    this.#log.write(Buffer.from(`--- ${new Date().toISOString()} ${this.name} ${text}\n`));
  }

  /** Copies a stream into the log, keeps its last lines, and sees when a line says that the process serves. */
  #listen(stream, tellsReady) {
    let rest = "";
    stream.on("data", (chunk) => {
      this.#log.write(chunk);
      const lines = (rest + chunk.toString("utf8")).split("\n");
      rest = lines.pop().slice(-LINE_CHARACTERS_MAX);
      for (const line of lines) {
        this.#tail.push(line);
        if (!tellsReady || !READY_LINE.test(line)) continue;
        this.#everReady = true;
        this.#settleReady.resolve(line);
      }
      this.#tail = this.#tail.slice(-TAIL_LINES_MAX);
    });
  }
}

function within(promise, ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    promise.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
