// Brings Node 24 where the machine's own is older, into .nightgate/node of this folder and nowhere else. This file
// and those that it imports are plain JavaScript without dependencies and parse on Node 18.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { mustRun, runCommand } from "./run-command.mjs";
import { Refusal, saying } from "./say.mjs";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

const NODE_MAJOR_MIN = 24;
const NODE_VERSION = "24.21.0";
const NPM_MAJOR_MIN = 11;
const NPM_VERSION = "11.19.1";
const prefix = join(root, ".nightgate/node");

const major = (version) => Number(/^v?(\d+)\./.exec(version)?.[1] ?? 0);

/** True when the Node that runs this file can run the product. */
export const nodeIsNewEnough = () => major(process.versions.node) >= NODE_MAJOR_MIN;

/** Answers the path of a Node 24; fetches one when the machine has none. Takes seconds once, then nothing. */
export async function bringNode() {
  if (nodeIsNewEnough()) return process.execPath;
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
    throw new Refusal(
      `Nightgate needs Node ${NODE_MAJOR_MIN}; this is ${process.versions.node}. Install it and try again.`,
    );
  }
  const name = `node-linux-${process.arch}`;
  const node = join(prefix, "node_modules", name, "bin/node");
  if (!existsSync(node)) {
    await saying(`Fetching Node ${NODE_VERSION} (this machine has ${process.versions.node})`, () =>
      installInto([`${name}@${NODE_VERSION}`]),
    );
  }
  return node;
}

/** Into the toolchain's own prefix; its package.json keeps npm from walking up into the product's. */
async function installInto(packages) {
  // Readable: the processes of the product run as users of their own, with this Node.
  mkdirSync(prefix, { recursive: true, mode: 0o755 });
  const manifest = join(prefix, "package.json");
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }\n');
  const args = [
    "install",
    "--prefix",
    prefix,
    "--no-audit",
    "--no-fund",
    "--save-exact",
    "--workspaces=false",
    ...packages,
  ];
  await mustRun("The toolchain could not be fetched from the npm registry.", "npm", args, {
    cwd: prefix,
    timeoutMs: 300_000,
  });
}

/**
 * The environment in which tools run: Node 24 first on PATH.
 * @param {string} node path of the Node to use
 */
export function toolEnvironment(node) {
  const bins = [dirname(node)];
  if (existsSync(join(prefix, "node_modules/.bin/npm"))) bins.push(join(prefix, "node_modules/.bin"));
  return { ...process.env, PATH: [...bins, process.env.PATH].join(":") };
}

/** Brings npm 11 where the machine's own is older: an older one writes another lock. */
export async function bringNpm(node) {
  const { code, output } = await runCommand("npm", ["--version"], {
    env: toolEnvironment(node),
    timeoutMs: 60_000,
  });
  if (code === 0 && major(output.trim()) >= NPM_MAJOR_MIN) return;
  await saying(`Fetching npm ${NPM_VERSION}`, () => installInto([`npm@${NPM_VERSION}`]));
}

/** Hands the whole command over to Node 24: same arguments, same terminal, signals passed on. Never returns. */
export async function continueOnNode24(script, args = process.argv.slice(2)) {
  const node = await bringNode();
  const child = spawn(node, [script, ...args], { stdio: "inherit", env: toolEnvironment(node) });
  // The terminal signals the whole foreground group; a signal sent to this process alone is passed on.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(signal ? 128 + 15 : (code ?? 1)));
  return new Promise(() => undefined);
}

/** The version of one of our pinned tools, as package.json says it. */
export const projectVersion = () => JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
