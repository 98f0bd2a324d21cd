/**
 * One container engine with the workstation image for all tests of a run, in .nightgate/test-engine, kept from run to run so that
 * only the first one builds. vitest calls this for the worlds that need it. NIGHTGATE_DOCKER_SOCKET names another engine.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestProject } from "vitest/node";
import { chooseEngine } from "../engine/choose-engine.ts";
import { readEngineConfig } from "../env.ts";
import { registryAnswers } from "../image/registry.ts";
import { ensureWorkstationImage } from "../image/workstation-image.ts";
import { engineClient, engineIsUp } from "../workstations/docker/engine-client.ts";
import { dockerImageEngine } from "../workstations/docker/image-engine.ts";
import { repositoryRoot } from "../workstations/places.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The engine's socket and the workstation image on it. */
    nightgateEngine: { socket: string; image: string };
  }
}

const HOME = join(repositoryRoot, ".nightgate/test-engine");

/** Starts the engine unless one answers, and builds what is missing; what it returns stops what it started. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  mkdirSync(HOME, { recursive: true, mode: 0o700 });
  const config = readEngineConfig({ ...process.env, NIGHTGATE_HOME: HOME });
  const { socket } = chooseEngine({ ...config, isRoot: process.getuid?.() === 0 });
  const docker = engineClient(socket);
  // One that a killed run left behind, or another run's: used, and left to whoever started it.
  const engine = (await engineIsUp(docker)) ? null : await startEngine();
  const image = await ensureWorkstationImage({
    engine: dockerImageEngine(docker),
    repository: repositoryRoot,
    scratch: join(HOME, "engine/scratch"),
    signal: new AbortController().signal,
    report: () => undefined,
    registryAnswers,
  });
  project.provide("nightgateEngine", { socket, image });
  return async () => {
    if (engine === null) return;
    engine.kill("SIGTERM");
    await once(engine, "exit");
  };
}

async function startEngine(): Promise<ChildProcess> {
  const script = join(repositoryRoot, "apps/provisioner/src/cli/engine.ts");
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, NIGHTGATE_HOME: HOME },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) if (line.startsWith("ready")) return child;
  throw new Error("The engine for tests did not start; what it said is above.");
}
