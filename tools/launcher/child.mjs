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
const HEALTHY_AFTER_MS = 60_000;
/** EX_CONFIG of sysexits(3): its settings are wrong, and trying again does not make them right. */
const EXIT_BAD_SETTINGS = 78;
const TAIL_LINES_MAX = 15;

/**
 * Starts `spec` and answers { ready, stop, name, identity }. `ready` resolves at its first line that begins with
 * "ready" and rejects when it ends or is silent too long before that.
 * @param {{ name: string, command: string[], cwd: string, env: Record<string, string>, logs: string,
 *   readyMs: number, stopMs: number, onChange?: () => void }} spec
 */
export function startChild(spec) {
  const log = openLog(`${spec.logs}/${spec.name}.log`);
  const state = {
    child: null,
    stopping: false,
    everReady: false,
    failures: 0,
    timer: null,
    tail: [],
    gone: null,
  };
  const ready = deferred();

  const launch = () => {
    state.timer = null;
    const [program, ...args] = spec.command;
    const startedAt = Date.now();
    const child = spawn(program, args, {
      cwd: spec.cwd,
      env: spec.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    state.child = child;
    state.tail = [];
    state.gone = new Promise((resolve) => child.once("close", resolve).once("error", resolve));
    log.write(Buffer.from(`--- ${new Date().toISOString()} ${spec.name} starts, process ${child.pid}\n`));
    spec.onChange?.();
    listen(child.stdout, log, state, () => {
      state.everReady = true;
      ready.resolve();
    });
    listen(child.stderr, log, state, null);
    const late = setTimeout(() => {
      ready.reject(
        new Refusal(
          `${spec.name} did not get ready within ${spec.readyMs / 1000} s.${lastWords(state, log.path)}`,
        ),
      );
    }, spec.readyMs);
    child.once("error", (error) =>
      ready.reject(new Refusal(`${spec.name} could not be started: ${error.message}`)),
    );
    child.once("close", (code, signal) => {
      clearTimeout(late);
      if (child.pid) endGroup(child.pid);
      onEnd(code, signal, Date.now() - startedAt);
    });
    ready.promise.then(
      () => clearTimeout(late),
      () => clearTimeout(late),
    );
  };

  const onEnd = (code, signal, livedMs) => {
    spec.onChange?.();
    if (state.stopping) return;
    const how = signal ? `was ended by ${signal}` : `ended with ${code}`;
    log.write(Buffer.from(`--- ${new Date().toISOString()} ${spec.name} ${how}\n`));
    if (!state.everReady || code === EXIT_BAD_SETTINGS) {
      ready.reject(new Refusal(`${spec.name} ${how} before it was ready.${lastWords(state, log.path)}`));
      if (state.everReady) say(`${spec.name} ${how}: its settings are wrong. See ${log.path}`);
      return;
    }
    state.failures = livedMs > HEALTHY_AFTER_MS ? 0 : state.failures + 1;
    const waitMs =
      state.failures === 0 ? 0 : Math.min(BACKOFF_FIRST_MS * 2 ** (state.failures - 1), BACKOFF_MAX_MS);
    say(
      `${spec.name} ${how}; it is started again${waitMs > 0 ? ` in ${waitMs / 1000} s` : ""}. See ${log.path}`,
    );
    state.timer = setTimeout(launch, waitMs);
  };

  launch();
  return {
    name: spec.name,
    ready: ready.promise,
    /** Who it is now, for the list that a later start cleans up by; null between two lives. */
    identity: () => (state.child?.pid && state.child.exitCode === null ? identityOf(state.child.pid) : null),
    stop: () => stopChild(state, spec, log),
  };
}

/** Asks, waits, then insists; whatever it had started goes with it. */
async function stopChild(state, spec, log) {
  state.stopping = true;
  if (state.timer) clearTimeout(state.timer);
  const { child } = state;
  if (!child?.pid) return;
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGTERM");
    if (!(await within(state.gone, spec.stopMs))) {
      say(`  ${spec.name} did not stop within ${spec.stopMs / 1000} s and was ended.`);
      endGroup(child.pid);
      await within(state.gone, 2_000);
    }
  }
  endGroup(child.pid);
  log.close();
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

/** Copies a stream into the log, keeps its last lines, and tells when a line says that the process serves. */
function listen(stream, log, state, onReady) {
  let rest = "";
  let waiting = onReady;
  stream.on("data", (chunk) => {
    log.write(chunk);
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop().slice(-2_000);
    for (const line of lines) {
      if (waiting && READY_LINE.test(line)) {
        waiting();
        waiting = null;
      }
      state.tail.push(line);
    }
    state.tail = state.tail.slice(-TAIL_LINES_MAX);
  });
}

function lastWords(state, path) {
  const lines = state.tail.filter((line) => line.trim() !== "");
  const said = lines.length > 0 ? ` It said:\n${lines.map((line) => `    ${line}`).join("\n")}\n` : "";
  return `${said}\n  Its log: ${path}`;
}

function deferred() {
  let resolve;
  let reject;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Whoever needs it awaits it; a rejection that comes after `ready` was awaited concerns nobody.
  promise.catch((error) => error);
  return { promise, resolve, reject };
}
