import { mkdtempSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, inject } from "vitest";
import { runInside } from "../../testing/inside.ts";
import {
  type RealDriverUnderTest,
  runningWorkstationConformance,
  workstationDriverConformance,
} from "../conformance.ts";
import { installationName, seccompProfileFile, socketFolders } from "../places.ts";
import { dockerDriver } from "./docker-driver.ts";
import { engineClient } from "./engine-client.ts";

const { socket, image } = inject("nightgateEngine");
const docker = engineClient(socket);
const home = mkdtempSync(join(tmpdir(), "nightgate-driver-"));

afterAll(async () => await rm(home, { recursive: true }));

const real = dockerDriver({
  docker,
  installation: installationName(home),
  seccompProfile: readFileSync(seccompProfileFile, "utf8"),
  folders: (workstation) => socketFolders(home, workstation),
});

/** The gate and the runner make these folders; the driver itself never does. */
const create: typeof real.create = async (wish) => {
  for (const folder of Object.values(socketFolders(home, wish.workstation)))
    await mkdir(folder, { recursive: true });
  return await real.create(wish);
};

async function make(): Promise<RealDriverUnderTest> {
  return await Promise.resolve({
    driver: { ...real, create },
    image,
    crash: async (seen) => {
      const container = docker.getContainer(seen.containerId);
      await container.kill({ signal: "SIGKILL" });
      await container.wait();
    },
    inside: async (seen, command) => (await runInside(docker, seen.containerId, command)).output,
  });
}

workstationDriverConformance("docker", make);
runningWorkstationConformance("docker", make);
