/**
 * For people who work on agentd: makes and starts one workstation by the one specification, and prints its container's name.
 * `node apps/provisioner/src/cli/try.ts <image> <name>`; its sockets are expected under $NIGHTGATE_HOME/{gate,runner}/sockets/<name>/.
 */
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { chooseEngine } from "../engine/choose-engine.ts";
import { readEngineConfig } from "../env.ts";
import { dockerDriver } from "../workstations/docker/docker-driver.ts";
import { engineClient } from "../workstations/docker/engine-client.ts";
import { installationName, seccompProfileFile, socketFolders } from "../workstations/places.ts";

const MEMORY_BYTES = 4 * 1024 ** 3;
const config = readEngineConfig(process.env);
const [image, name] = process.argv.slice(2);
if (image === undefined || name === undefined) {
  process.stderr.write("Usage: node apps/provisioner/src/cli/try.ts <image> <name>\n");
  process.exit(64);
}
const folders = socketFolders(config.home, name);
await mkdir(folders.gateFolder, { recursive: true });
await mkdir(folders.runnerFolder, { recursive: true });
const driver = dockerDriver({
  docker: engineClient(chooseEngine({ ...config, isRoot: process.getuid?.() === 0 }).socket),
  installation: installationName(config.home),
  seccompProfile: readFileSync(seccompProfileFile, "utf8"),
  folders: (workstation) => socketFolders(config.home, workstation),
});
await driver.remove(name, { home: "keep" });
const made = await driver.create({
  organization: "org_try",
  workstation: name,
  name,
  image,
  cpus: 2,
  memoryBytes: MEMORY_BYTES,
  pids: 2048,
});
await driver.start(name);
process.stdout.write(`${made.containerId.slice(0, 12)}\n`);
