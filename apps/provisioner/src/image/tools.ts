/** Node and the agents: which versions, and how they are laid out before they are copied into the image. Adding an agent is one line here. */
import { rmSync } from "node:fs";
import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandOptions, runCommand } from "./run-command.ts";

interface ToolPackage {
  /** npm package with its exact version. */
  install: string;
  /** npm does not run install scripts by itself; these may. */
  mayRunScripts: boolean;
  /** Second copies of large programs, relative to lib/node_modules, that are taken out again. */
  prune: readonly string[];
}

export const NODE_VERSION = "24.21.0";

/** Everything that is on each workstation from npm. The order is the order of installation. */
export const TOOL_PACKAGES: readonly ToolPackage[] = [
  { install: "npm@11.19.1", mayRunScripts: false, prune: [] },
  {
    install: "@anthropic-ai/claude-code@2.1.329",
    mayRunScripts: true,
    prune: ["@anthropic-ai/claude-code/node_modules"],
  },
  {
    install: "@agentclientprotocol/claude-agent-acp@0.100.0",
    mayRunScripts: false,
    // Its own claude: CLAUDE_CODE_EXECUTABLE names the one above.
    prune: [
      `@agentclientprotocol/claude-agent-acp/node_modules/@anthropic-ai/claude-agent-sdk-linux-${process.arch}`,
    ],
  },
];

/** The agents by the names that jobs use, for agentd to announce. */
export const AGENTS_IN_IMAGE = [
  {
    name: "claude",
    command: "claude",
    acp: "claude-agent-acp",
    package: "@anthropic-ai/claude-code@2.1.329",
  },
] as const;

/** Everything that decides what `stageTools` makes. */
export function toolsRecipe(): string {
  return JSON.stringify([process.arch, NODE_VERSION, TOOL_PACKAGES, AGENTS_IN_IMAGE, LAYOUT]);
}

/** Counted up when the code below lays things out otherwise. */
const LAYOUT = 1;

/** Fills `folder` with usr/local as it shall be in the image. Uses the npm and the registry of this machine. */
export async function stageTools(
  folder: string,
  options: Omit<CommandOptions, "step" | "cwd">,
): Promise<void> {
  const local = join(folder, "usr/local");
  await mkdir(local, { recursive: true });
  await stageNode(folder, local, options);
  const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
  const scripts = TOOL_PACKAGES.filter((tool) => tool.mayRunScripts).map((tool) => nameOf(tool.install));
  const packages = TOOL_PACKAGES.map((tool) => tool.install);
  await runCommand(
    "npm",
    ["install", "--global", "--prefix", local, ...quiet, `--allow-scripts=${scripts.join(",")}`, ...packages],
    {
      ...options,
      step: "Fetching the agents",
      cwd: folder,
    },
  );
  const modules = join(local, "lib/node_modules");
  await Promise.all(
    TOOL_PACKAGES.flatMap((tool) => tool.prune).map((path) => rm(join(modules, path), { recursive: true })),
  );
  await rm(join(modules, ".package-lock.json"), { force: true });
  await mkdir(join(local, "lib/nightgate"), { recursive: true });
  await writeFile(
    join(local, "lib/nightgate/image.json"),
    `${JSON.stringify({ node: NODE_VERSION, agents: AGENTS_IN_IMAGE }, null, 2)}\n`,
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
