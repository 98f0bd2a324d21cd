/** Node and the agents: which versions, and how they are laid out before they are copied into the image. Adding an agent is a few lines here. */
import { rmSync } from "node:fs";
import { cp, mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandOptions, runCommand } from "./run-command.ts";

interface ToolPackage {
  /** npm package with its exact version. */
  install: string;
  /** npm does not run install scripts by itself; these may. */
  mayRunScripts: boolean;
  /** Large parts that nobody here runs, relative to lib/node_modules, that are taken out again. */
  prune: readonly string[];
}

export const NODE_VERSION = "24.21.0";

/** As OpenAI names its builds, and where each has its programs. */
const CODEX_BUILD = process.arch === "arm64" ? "aarch64-unknown-linux-musl" : "x86_64-unknown-linux-musl";
const CODEX_PROGRAMS = `@openai/codex/vendor/${CODEX_BUILD}`;
/** `baseline` runs on every x64 processor, so that an image can move to another machine. */
const OPENCODE_PACKAGE = process.arch === "arm64" ? "opencode-linux-arm64" : "opencode-linux-x64-baseline";

/** npm, and what drives the agents. */
export const ADAPTER_PACKAGES: readonly ToolPackage[] = [
  { install: "npm@11.19.1", mayRunScripts: false, prune: [] },
  { install: "@agentclientprotocol/claude-agent-acp@0.100.0", mayRunScripts: false, prune: [] },
  { install: "@agentclientprotocol/codex-acp@2.6.0", mayRunScripts: false, prune: [] },
];

/** Packages for one kind of processor are left out: each adapter would bring a second copy of its agent, 750 MB together. (`--omit=optional` does nothing to what is global.) */
const ANY_MACHINE = ["--cpu=none"];

/** The agents themselves. codex and opencode as their builds for this machine: what lies around those only picks one and asks for updates. */
export const AGENT_PACKAGES: readonly ToolPackage[] = [
  {
    install: "@anthropic-ai/claude-code@2.1.329",
    mayRunScripts: true,
    prune: ["@anthropic-ai/claude-code/node_modules"],
  },
  {
    install: `@openai/codex@0.169.0-linux-${process.arch}`,
    mayRunScripts: false,
    // Talking to it, and a second ripgrep.
    prune: [`${CODEX_PROGRAMS}/codex-resources/voice`, `${CODEX_PROGRAMS}/codex-path`],
  },
  { install: `${OPENCODE_PACKAGE}@1.18.33`, mayRunScripts: false, prune: [] },
];

/** Programs that their packages do not link by themselves: name in bin/, path below lib/node_modules. */
const LINKS: readonly (readonly [string, string])[] = [
  ["codex", `${CODEX_PROGRAMS}/bin/codex`],
  ["opencode", `${OPENCODE_PACKAGE}/bin/opencode`],
];

/** The agents by the names that jobs use, for agentd to announce. */
export const AGENTS_IN_IMAGE = [
  {
    name: "claude",
    command: "claude",
    acp: "claude-agent-acp",
    package: "@anthropic-ai/claude-code@2.1.329",
  },
  { name: "codex", command: "codex", acp: "codex-acp", package: "@openai/codex@0.169.0" },
  { name: "opencode", command: "opencode", acp: "opencode acp", package: "opencode-ai@1.18.33" },
] as const;

/** Everything that decides what `stageTools` makes. */
export function toolsRecipe(): string {
  return JSON.stringify([
    process.arch,
    NODE_VERSION,
    ADAPTER_PACKAGES,
    AGENT_PACKAGES,
    LINKS,
    AGENTS_IN_IMAGE,
    LAYOUT,
  ]);
}

/** Counted up when the code below lays things out otherwise. */
const LAYOUT = 3;

/** Fills `folder` with usr/local as it shall be in the image. Uses the npm and the registry of this machine. */
export async function stageTools(
  folder: string,
  options: Omit<CommandOptions, "step" | "cwd">,
): Promise<void> {
  const local = join(folder, "usr/local");
  await mkdir(local, { recursive: true });
  await stageNode(folder, local, options);
  const step = "Fetching the agents";
  await install(local, AGENT_PACKAGES, [], { ...options, step, cwd: folder });
  await install(local, ADAPTER_PACKAGES, ANY_MACHINE, { ...options, step, cwd: folder });
  const modules = join(local, "lib/node_modules");
  const pruned = [...ADAPTER_PACKAGES, ...AGENT_PACKAGES].flatMap((tool) => tool.prune);
  await Promise.all(pruned.map((path) => rm(join(modules, path), { recursive: true })));
  await Promise.all(
    LINKS.map(([name, path]) => symlink(join("../lib/node_modules", path), join(local, "bin", name))),
  );
  await rm(join(modules, ".package-lock.json"), { force: true });
  await mkdir(join(local, "lib/nightgate"), { recursive: true });
  await writeFile(
    join(local, "lib/nightgate/image.json"),
    `${JSON.stringify({ node: NODE_VERSION, agents: AGENTS_IN_IMAGE }, null, 2)}\n`,
  );
}

async function install(
  prefix: string,
  tools: readonly ToolPackage[],
  more: readonly string[],
  options: CommandOptions,
): Promise<void> {
  const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
  const scripts = tools.filter((tool) => tool.mayRunScripts).map((tool) => nameOf(tool.install));
  const packages = tools.map((tool) => tool.install);
  const allow = scripts.length > 0 ? [`--allow-scripts=${scripts.join(",")}`] : [];
  await runCommand(
    "npm",
    ["install", "--global", "--prefix", prefix, ...quiet, ...more, ...allow, ...packages],
    options,
  );
}

async function stageNode(
  folder: string,
  local: string,
  options: Omit<CommandOptions, "step" | "cwd">,
): Promise<void> {
  const scratch = join(folder, "node-scratch");
  const name = `node-linux-${process.arch}`;
  await mkdir(scratch, { recursive: true });
  await runCommand(
    "npm",
    [
      "install",
      "--prefix",
      scratch,
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
      `${name}@${NODE_VERSION}`,
    ],
    {
      ...options,
      step: "Fetching Node",
      cwd: scratch,
    },
  );
  const unpacked = join(scratch, "node_modules", name);
  for (const part of await readdir(unpacked)) {
    if (["bin", "include", "share"].includes(part))
      await cp(join(unpacked, part), join(local, part), { recursive: true, verbatimSymlinks: true });
  }
  rmSync(scratch, { recursive: true });
}

function nameOf(install: string): string {
  return install.slice(0, install.lastIndexOf("@"));
}
