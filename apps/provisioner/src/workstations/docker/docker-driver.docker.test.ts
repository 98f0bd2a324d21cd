import { execFileSync } from "node:child_process";
import { createReadStream, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, inject, test } from "vitest";
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

test("what a home is to have is in it before the first start, whoever made the container, and is not put there again", async () => {
  const workstation = `ws_filled${process.pid}`;
  const limits = { cpus: 1, memoryBytes: 512 * 1024 * 1024, pids: 200 };
  const wish = { organization: "org_filled", workstation, name: "filled", image, ...limits };
  writeFileSync(join(home, "mine.txt"), "from a backup\n");
  execFileSync("tar", ["-cf", join(home, "home.tar"), "-C", home, "mine.txt"]);
  let filled = 0;
  const driver = dockerDriver({
    docker,
    installation: installationName(home),
    seccompProfile: readFileSync(seccompProfileFile, "utf8"),
    folders: (one) => socketFolders(home, one),
    fill: async (_one, container) => {
      filled += 1;
      await container.putArchive(createReadStream(join(home, "home.tar")), { path: "/home/agent" });
    },
  });
  try {
    // Made by one that was killed right after: it never came to what belongs into the home.
    const { containerId } = await create(wish);
    await driver.start(workstation);
    expect((await runInside(docker, containerId, ["cat", "/home/agent/mine.txt"])).output).toContain(
      "from a backup",
    );
    await driver.stop(workstation);
    await driver.start(workstation);
    expect(filled).toBe(1);
  } finally {
    await driver.remove(workstation, { home: "delete" });
  }
});
