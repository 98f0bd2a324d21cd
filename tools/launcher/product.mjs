// Starts the product's processes in order, tells the person where to go, waits for Ctrl-C, and stops them in reverse.
import { renameSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { Child } from "./child.mjs";
import { makeStage } from "./confine.mjs";
import { buildGate } from "./gate-build.mjs";
import { endLeftovers, giveFolders, makeHome, rememberChildren } from "./home.mjs";
import { readLockHolder, takeLock } from "./lock.mjs";
import { root } from "./node24.mjs";
import { installPackages } from "./npm-packages.mjs";
import { checkPorts, keptPort } from "./ports.mjs";
import { productProcesses } from "./processes.mjs";
import { checkProgramIsReadable } from "./program-paths.mjs";
import { endCommands, mustRun, runCommand } from "./run-command.mjs";
import { Refusal, say, saying } from "./say.mjs";
import { bringProductPackages } from "./system-packages.mjs";
import { keepTlsFiles } from "./tls.mjs";
import { bringUsers, isRoot } from "./users.mjs";
import { buildWeb } from "./web-build.mjs";
import { welcome } from "./welcome.mjs";

/** Runs until a signal asks for the end. Rejects with a Refusal when something needed does not come up. */
export async function runProduct(settings, node, options) {
  // What is built and installed here is read by other users; what is secret is made with a mode of its own.
  if (isRoot()) process.umask(0o022);
  makeHome(settings);
  const lock = takeLock(settings.paths.lock, { web: settings.webOrigin, gate: settings.gateOrigin });
  if (!lock.release) {
    const { pid, web } = lock.holder;
    throw new Refusal(
      `Nightgate is running already from ${settings.home} (process ${pid}): ${web}\nStop it with Ctrl-C in its terminal, or with: kill ${pid}`,
    );
  }
  const children = [];
  const stopAsked = signalled();
  const started = Date.now();
  try {
    const context = await Promise.race([prepare(settings, node), stopAsked]);
    if (context) {
      const up = startAll(settings, node, context, children);
      const code = await Promise.race([up, stopAsked]);
      if (code !== STOPPED) {
        if (options.jsonReady) writeReady(options.jsonReady, settings, code, children);
        welcome(settings, code, Date.now() - started);
        await stopAsked;
      }
      up.catch((error) => error);
    }
  } finally {
    await stopAll(children);
    rememberChildren(settings.paths.children, []);
    lock.release();
  }
}

/** `npm start -- --code`: a new one-time code from the gate of a running installation. */
export async function printCode(settings, node) {
  const processes = await ofRunningProduct(settings, node);
  say(`One-time code to enrol with a passkey: ${await freshCode(processes, "--always")}`);
}

/** `npm start -- --recover NAME`: a code with which that person makes a new passkey at the running installation. */
export async function printRecovery(settings, node, name) {
  const { recover } = await ofRunningProduct(settings, node);
  const { command, cwd, env } = recover();
  const [program, ...script] = command;
  const done = await runCommand(program, [...script, name], { cwd, env, timeoutMs: 30_000 });
  if (done.code !== 0) throw new Refusal(`The gate gave no recovery code:\n${done.output}`);
  say(`Recovery code for ${name}, for an hour: ${done.printed.trim()}`);
  say(`  They open ${settings.gateOrigin}/recover and make a new passkey with it. Approvers are told.`);
}

async function ofRunningProduct(settings, node) {
  if (readLockHolder(settings.paths.lock) === null) {
    throw new Refusal(`Nightgate is not running from ${settings.home}. Start it with: npm start`);
  }
  const users = await bringUsers();
  return productProcesses(settings, { node, rehearsalPort: 0, outside: process.env, users });
}

const STOPPED = Symbol("stopped");

/** Resolves at the first signal. Further ones are told that the end is under way. */
function signalled() {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(signal, () => {
        if (!asked) say("\nStopping ...");
        asked = true;
        resolve(STOPPED);
      });
    }
  });
}

/** Everything that has to be on this machine before the first process starts. */
async function prepare(settings, node) {
  await endLeftovers(settings.paths.children);
  await checkPorts([
    { name: "the web app", setting: "NIGHTGATE_WEB_PORT", port: settings.webPort },
    { name: "the gate", setting: "NIGHTGATE_GATE_PORT", port: settings.gatePort },
  ]);
  await bringProductPackages(settings);
  await installPackages(node, { lockMayDiffer: true });
  await mustRun("The database client could not be generated.", node, [join(root, "tools/generate.mjs")], {
    cwd: root,
    timeoutMs: 120_000,
  });
  const rehearsalPort = await keptPort(settings.paths.ports, "rehearsal");
  const users = await separate(settings, node);
  keepTlsFiles(settings, users);
  return { rehearsalPort, users };
}

/** A user and a folder for each process; null for all of them as whoever starts this. */
export async function separate(settings, node) {
  const users = await bringUsers();
  if (users === null) {
    say(
      `  Not started as root, so all processes run as ${userInfo().username}: one that fell could read the files of the others, the gate's keys among them. sudo npm start gives each a user of its own.`,
    );
    return null;
  }
  checkProgramIsReadable();
  makeStage();
  // The one thing that a start writes into the program's own folder, before it is read-only.
  const links = [join(root, "packages/db/src/cli/link-libraries.ts")];
  await mustRun("PostgreSQL's libraries could not be linked.", node, links, { cwd: root, timeoutMs: 60_000 });
  await giveFolders(settings, users);
  return users;
}

/** Starts everything; answers the one-time code, or null when the installation has a person already. */
async function startAll(settings, node, { rehearsalPort, users }, children) {
  const context = { node, rehearsalPort, outside: process.env, users, engineSocket: null };
  let processes = productProcesses(settings, context);
  const remember = () => rememberChildren(settings.paths.children, children);
  const start = async (name) => {
    if (children.closed) return;
    const spec = processes[name]();
    const child = new Child({ ...spec, onChange: remember });
    children.push(child);
    remember();
    const readyLine = await child.ready;
    if (name !== "engine") return;
    // What a borrowed engine weakens is said where it is read, and not in a log.
    for (const line of child.words()) say(`  ${line}`);
    processes = productProcesses(settings, { ...context, engineSocket: readyLine.split(" ")[1] });
  };
  const building = buildWeb(node);
  building.catch((error) => error);
  const gateBuilding = buildGate(node);
  gateBuilding.catch((error) => error);
  const engine = saying("Starting the container engine", () => start("engine"));
  engine.catch((error) => error);
  if (settings.databaseUrl === null) await saying("Starting PostgreSQL", () => start("postgres"));
  await saying("Migrating the database", () =>
    runOnce(processes.migrate(), "The database could not be migrated."),
  );
  await Promise.all([start("rehearsal"), gateBuilding.then(() => start("gate")), start("runner")]);
  await engine;
  await Promise.all([start("provisioner"), building.then(() => start("web"))]);
  return freshCode(processes);
}

const runOnce = ({ command: [program, ...args], cwd, env, readyMs }, sentence) =>
  mustRun(sentence, program, args, { cwd, env, timeoutMs: readyMs });

/** A code for enrolling, or null when somebody has enrolled: the gate prints nothing then, unless told --always. */
async function freshCode(processes, ...args) {
  const { command, cwd, env } = processes.code();
  const [program, ...script] = command;
  const { code, output, printed } = await runCommand(program, [...script, ...args], {
    cwd,
    env,
    timeoutMs: 30_000,
  });
  if (code !== 0) throw new Refusal(`The gate gave no one-time code:\n${output}`);
  return printed.trim() === "" ? null : printed.trim();
}

async function stopAll(children) {
  children.closed = true;
  endCommands();
  for (const child of [...children].reverse()) await child.stop();
  if (children.length > 0) say("Stopped. Everything is kept; npm start goes on where it was.");
}

function writeReady(path, settings, code, children) {
  const pids = Object.fromEntries(children.map((child) => [child.name, child.identity()?.pid ?? null]));
  const ready = {
    web: settings.webOrigin,
    gate: settings.gateOrigin,
    code,
    home: settings.home,
    pids: { launcher: process.pid, ...pids },
  };
  writeFileSync(`${path}.new`, `${JSON.stringify(ready, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
