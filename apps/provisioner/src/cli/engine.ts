/**
 * The container engine as a foreground process, started by the launcher before the provisioner, and opened to the provisioner's user alone.
 * Prints `ready <socket>` when it answers. SIGTERM or SIGINT stops the workstations and then the engine; a SIGKILL stops neither.
 */
import { chownSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { serveBaseHelper } from "../engine/base-helper.ts";
import { chooseEngine } from "../engine/choose-engine.ts";
import { startOwnEngine, stopOwnEngine } from "../engine/own-engine.ts";
import { enginePaths } from "../engine/paths.ts";
import { type Owner, openRelay } from "../engine/relay.ts";
import { readEngineConfig } from "../env.ts";
import { debootstrap } from "../image/base.ts";
import { registryAnswers } from "../image/registry.ts";
import { baseReference } from "../image/workstation-image.ts";
import { engineClient, engineIsUp, stopEverything } from "../workstations/docker/engine-client.ts";
import { dockerImageEngine } from "../workstations/docker/image-engine.ts";
import { repositoryRoot } from "../workstations/places.ts";

const MINUTE_MS = 60_000;
const config = readEngineConfig(process.env);
const choice = chooseEngine({ ...config, isRoot: process.getuid?.() === 0 });
const paths = enginePaths(config.home);
const stopAsked = new Promise<void>((resolve) => {
  process.once("SIGTERM", () => resolve());
  process.once("SIGINT", () => resolve());
});

try {
  await (choice.kind === "own" ? runOwn() : useGiven());
} catch (error) {
  process.stderr.write(`${error instanceof Problem ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function runOwn(): Promise<void> {
  const docker = engineClient(paths.socket);
  const engine = await startOwnEngine(paths, { clock: systemClock, isUp: () => engineIsUp(docker) });
  if (config.engineFor !== null) chownSync(paths.socket, 0, config.engineFor.gid);
  const helper = await helpProvisioner();
  process.stdout.write(`ready ${paths.socket}\n`);
  const early = await Promise.race([stopAsked.then(() => null), engine.ended]);
  await helper.close();
  if (early !== null) throw new Problem("engine.unusable", { why: early });
  await stopEverything(docker);
  await stopOwnEngine(paths, engine, systemClock);
}

async function useGiven(): Promise<void> {
  if (choice.warning !== null) process.stderr.write(`${choice.warning}\n`);
  if (!(await engineIsUp(engineClient(choice.socket)))) {
    throw new Problem("engine.unusable", { why: `nothing answers at ${choice.socket}` });
  }
  const relay = config.engineFor && (await openDoor(config.engineFor));
  const helper = await helpProvisioner();
  process.stdout.write(`ready ${relay === null ? choice.socket : paths.socket}\n`);
  // Listeners for signals keep no process alive; this wait does.
  const stopped = new AbortController();
  void stopAsked.then(() => stopped.abort());
  while (!stopped.signal.aborted)
    await systemClock.wait(MINUTE_MS, stopped.signal).catch((error: unknown) => error);
  await helper.close();
  await relay?.close();
  if (relay !== null) rmSync(paths.run, { recursive: true, force: true });
}

/** The given engine, for the provisioner's user alone. */
async function openDoor(owner: Owner): Promise<{ close: () => Promise<void> }> {
  for (const folder of [dirname(paths.run), paths.run]) mkdirSync(folder, { recursive: true, mode: 0o711 });
  return await openRelay(paths.socket, choice.socket, owner);
}

/** What only root can do for the provisioner, and nothing where that is root itself. */
async function helpProvisioner(): Promise<{ close: () => Promise<void> }> {
  if (config.engineFor === null) return { close: async () => await Promise.resolve() };
  const recipeFolder = join(repositoryRoot, "infra/images/workstation");
  const engine = dockerImageEngine(engineClient(choice.socket));
  return await serveBaseHelper({
    path: paths.baseHelper,
    owner: config.engineFor,
    scratch: join(config.home, "engine/scratch"),
    make: async (work) =>
      await debootstrap(baseReference(recipeFolder), { ...work, recipeFolder, engine, registryAnswers }),
  });
}
