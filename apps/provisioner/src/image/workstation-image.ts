/**
 * The workstation image, from its sources to a tag. Each layer is kept under a hash of its recipe: an unchanged one costs
 * nothing, a change of agentd costs seconds, and two builds at once end in the same tags.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";
import { type BaseOptions, baseRecipe, makeBase } from "./base.ts";
import { hashOf, hashOfFolder } from "./hash.ts";
import type { ImageEngine } from "./image-engine.ts";
import { stagePrograms } from "./programs.ts";
import type { ReportProgress } from "./progress.ts";
import { stageTools, toolsRecipe } from "./tools.ts";

export const BASE_REPOSITORY = "nightgate/workstation-base";
export const TOOLS_REPOSITORY = "nightgate/workstation-tools";
export const WORKSTATION_REPOSITORY = "nightgate/workstation";

export interface BuildOptions {
  engine: ImageEngine;
  /** The root of this source tree. */
  repository: string;
  /** Where files are laid out before they are copied; emptied afterwards. */
  scratch: string;
  signal: AbortSignal;
  report: ReportProgress;
  registryAnswers: () => Promise<boolean>;
  /** Who lays out a base that cannot be pulled, where this process is not root. */
  debootstrap?: BaseOptions["debootstrap"];
}

/** The tag of the base that this program's recipe makes. */
export const baseReference = (recipeFolder: string): string =>
  `${BASE_REPOSITORY}:${hashOf(baseRecipe(recipeFolder))}`;

/** Builds what is missing and resolves with the image's reference, `nightgate/workstation:<hash>`. Problem `image.failed` otherwise. */
export async function ensureWorkstationImage(options: BuildOptions): Promise<string> {
  const { engine, repository } = options;
  const recipeFolder = join(repository, "infra/images/workstation");
  mkdirSync(options.scratch, { recursive: true, mode: 0o700 });
  const scratch = mkdtempSync(join(options.scratch, "image-"));
  try {
    const programs = join(scratch, "programs");
    await stagePrograms(join(programs, "root"), repository);
    await copyFile(join(recipeFolder, "Dockerfile.programs"), join(programs, "Dockerfile"));
    const base = baseReference(recipeFolder);
    const tools = `${TOOLS_REPOSITORY}:${hashOf(base, toolsRecipe())}`;
    const workstation = `${WORKSTATION_REPOSITORY}:${hashOf(tools, hashOfFolder(programs))}`;
    if (await engine.has(workstation)) return workstation;
    if (!(await engine.has(tools)))
      await buildTools({ base, tools, recipeFolder, folder: join(scratch, "tools") }, options);
    options.report({
      state: "building",
      step: "Adding agentd and the nightgate command",
      percent: 95,
      detail: "",
    });
    await buildLayer(programs, { reference: workstation, buildArgs: { TOOLS: tools } }, options);
    for (const kept of [WORKSTATION_REPOSITORY, TOOLS_REPOSITORY, BASE_REPOSITORY])
      await engine.removeOld(kept, LIMITS.imagesKept);
    return workstation;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface ToolsLayer {
  base: string;
  tools: string;
  recipeFolder: string;
  folder: string;
}

/** The base and the tools do not need each other until the second is copied onto the first: they are made at the same time. */
async function buildTools(layer: ToolsLayer, options: BuildOptions): Promise<void> {
  const steps = stepReporter(options.report);
  const aborting = new AbortController();
  const signal = AbortSignal.any([options.signal, aborting.signal]);
  const making = options.engine.has(layer.base).then(async (have) => {
    if (!have)
      await makeBase(layer.base, {
        ...options,
        signal,
        recipeFolder: layer.recipeFolder,
        workFolder: dirname(layer.folder),
        onLine: steps.onLine,
      });
    steps.done("base");
  });
  const staging = stageTools(join(layer.folder, "root"), { signal, onLine: steps.onLine }).then(() =>
    steps.done("tools"),
  );
  try {
    await Promise.all([making, staging]);
  } catch (error) {
    aborting.abort();
    await Promise.allSettled([making, staging]);
    throw error;
  }
  await copyFile(join(layer.recipeFolder, "Dockerfile.tools"), join(layer.folder, "Dockerfile"));
  options.report({
    state: "building",
    step: "Copying Node and the agents into the image",
    percent: 80,
    detail: "",
  });
  await buildLayer(layer.folder, { reference: layer.tools, buildArgs: { BASE: layer.base } }, options);
  rmSync(layer.folder, { recursive: true, force: true });
}

/** Turns "this half is done" and lines of output into one number that only grows. */
function stepReporter(report: ReportProgress): {
  onLine: (line: string) => void;
  done: (half: "base" | "tools") => void;
} {
  const waiting = { base: "Making the base system", tools: "Fetching Node and the agents" };
  const left = new Set<keyof typeof waiting>(["base", "tools"]);
  let lines = 0;
  const tell = (detail: string): void => {
    const halves = { base: 45, tools: 25 };
    const finished = (left.has("base") ? 0 : halves.base) + (left.has("tools") ? 0 : halves.tools);
    // Lines come in the dozens: the number creeps on within what is not done yet and never gets ahead of it.
    const creep = Math.min(lines, left.size * 10);
    const step = [...left].map((half) => waiting[half]).join("; ") || "Copying";
    report({
      state: "building",
      step,
      percent: Math.min(5 + finished + creep, 79),
      detail: detail.slice(0, 300),
    });
  };
  return {
    onLine: (line) => {
      lines += 1;
      tell(line);
    },
    done: (half) => {
      left.delete(half);
      lines = left.size === 0 ? 0 : lines;
      tell("");
    },
  };
}

async function buildLayer(
  folder: string,
  layer: { reference: string; buildArgs: Record<string, string> },
  { engine, signal }: BuildOptions,
): Promise<void> {
  const tar = spawn(
    "tar",
    ["--create", "--owner=0", "--group=0", "--numeric-owner", "--directory", folder, "."],
    { stdio: ["ignore", "pipe", "ignore"], signal },
  );
  const packed = new Promise<string | null>((resolve) => {
    tar.once("error", (error) => resolve(error.message));
    tar.once("close", (code) => resolve(code === 0 ? null : `tar ended with status ${code}`));
  });
  await engine.build(tar.stdout, { ...layer, labels: { "nightgate.image": layer.reference } });
  const why = await packed;
  if (why !== null) throw new Problem("image.failed", { step: `Packing ${layer.reference}`, why });
}
