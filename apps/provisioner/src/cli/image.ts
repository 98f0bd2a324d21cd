/** Builds the workstation image on this installation's engine, where it is missing or has changed, and prints its reference. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Problem } from "@nightgate/shared/problems";
import { chooseEngine } from "../engine/choose-engine.ts";
import { readEngineConfig } from "../env.ts";
import type { BuildProgress } from "../image/progress.ts";
import { registryAnswers } from "../image/registry.ts";
import { ensureWorkstationImage } from "../image/workstation-image.ts";
import { engineClient } from "../workstations/docker/engine-client.ts";
import { dockerImageEngine } from "../workstations/docker/image-engine.ts";

const config = readEngineConfig(process.env);
const choice = chooseEngine({ ...config, isRoot: process.getuid?.() === 0 });
const aborting = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => aborting.abort());

let last = "";
function report(progress: BuildProgress): void {
  const line = `${String(progress.percent).padStart(3)} %  ${progress.step}${progress.detail === "" ? "" : `: ${progress.detail}`}`;
  if (line !== last) process.stderr.write(`${line}\n`);
  last = line;
}

try {
  const reference = await ensureWorkstationImage({
    engine: dockerImageEngine(engineClient(choice.socket)),
    repository: fileURLToPath(new URL("../../../..", import.meta.url)),
    scratch: join(config.home, "engine/scratch"),
    signal: aborting.signal,
    report,
    registryAnswers,
  });
  process.stdout.write(`${reference}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Problem ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
