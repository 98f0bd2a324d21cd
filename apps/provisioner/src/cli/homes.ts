/**
 * For `npm run backup`: `homes.ts list` prints the workstations that have a container, as JSON; `homes.ts save WORKSTATION` writes its home to stdout as a
 * tar. Read while it runs: as a power cut would leave it. The provisioner puts such a tar back when it makes the container anew (restored-home.ts).
 */
import { pipeline } from "node:stream/promises";
import { chooseEngine } from "../engine/choose-engine.ts";
import { readEngineConfig } from "../env.ts";
import { containerName, LABEL_INSTALLATION, LABEL_WORKSTATION } from "../workstations/container-spec.ts";
import { engineClient } from "../workstations/docker/engine-client.ts";
import { installationName } from "../workstations/places.ts";
import { HOME_INSIDE } from "../workstations/restored-home.ts";

const config = readEngineConfig(process.env);
const docker = engineClient(chooseEngine({ ...config, isRoot: process.getuid?.() === 0 }).socket);
const installation = installationName(config.home);
const [verb, workstation = ""] = process.argv.slice(2);
if (verb === "list") {
  const filters = JSON.stringify({ label: [`${LABEL_INSTALLATION}=${installation}`] });
  const found = await docker.listContainers({ all: true, filters });
  process.stdout.write(JSON.stringify(found.map(({ Labels }) => Labels[LABEL_WORKSTATION]).filter(Boolean)));
} else {
  const container = docker.getContainer(containerName(installation, workstation));
  await pipeline(await container.getArchive({ path: `${HOME_INSIDE}/.` }), process.stdout);
}
