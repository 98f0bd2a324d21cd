/**
 * The container engine as a foreground process, started by the launcher before the provisioner.
 * Prints `ready <socket>` when it answers. SIGTERM or SIGINT stops the workstations and then the engine; a SIGKILL stops neither.
 */
import { systemClock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { chooseEngine } from "../engine/choose-engine.ts";
import { startOwnEngine, stopOwnEngine } from "../engine/own-engine.ts";
import { enginePaths } from "../engine/paths.ts";
import { readEngineConfig } from "../env.ts";
import { engineClient, engineIsUp, stopEverything } from "../workstations/docker/engine-client.ts";

const MINUTE_MS = 60_000;
const config = readEngineConfig(process.env);
const choice = chooseEngine({ ...config, isRoot: process.getuid?.() === 0 });
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
  const paths = enginePaths(config.home);
  const docker = engineClient(paths.socket);
  const engine = await startOwnEngine(paths, { clock: systemClock, isUp: () => engineIsUp(docker) });
  process.stdout.write(`ready ${paths.socket}\n`);
  const early = await Promise.race([stopAsked.then(() => null), engine.ended]);
  if (early !== null) throw new Problem("engine.unusable", { why: early });
  await stopEverything(docker);
  await stopOwnEngine(paths, engine, systemClock);
}

async function useGiven(): Promise<void> {
  if (choice.warning !== null) process.stderr.write(`${choice.warning}\n`);
  if (!(await engineIsUp(engineClient(choice.socket)))) {
    throw new Problem("engine.unusable", { why: `nothing answers at ${choice.socket}` });
  }
  process.stdout.write(`ready ${choice.socket}\n`);
  // Listeners for signals keep no process alive; this wait does.
  const stopped = new AbortController();
  void stopAsked.then(() => stopped.abort());
  while (!stopped.signal.aborted)
    await systemClock.wait(MINUTE_MS, stopped.signal).catch((error: unknown) => error);
}
