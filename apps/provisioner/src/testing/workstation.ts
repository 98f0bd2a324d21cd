import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
/** A real workstation for a test: both sockets answering on the host, made by the one specification, gone afterwards. */
import { mkdtemp, mkdir, rm, chmod } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dockerDriver } from "../workstations/docker/docker-driver.ts";
import { engineClient } from "../workstations/docker/engine-client.ts";
import type { WorkstationDriver, WorkstationWish } from "../workstations/driver.ts";
import { installationName, seccompProfileFile, socketFolders } from "../workstations/places.ts";
import { type Outcome, runInside } from "./inside.ts";

export interface TestFleet {
  driver: WorkstationDriver;
  home: string;
  /** Makes and starts one; its gate answers "gate of <id>" to whoever connects, its runner the same. */
  workstation(name: string): Promise<TestWorkstation>;
  close(): Promise<void>;
}

export interface TestWorkstation {
  id: string;
  containerId: string;
  asRoot(command: string[]): Promise<Outcome>;
  asAgent(command: string[]): Promise<Outcome>;
}

const MEMORY_BYTES = 1024 ** 3;

/** A fleet in a folder of its own on the engine that the set-up provides. */
export async function testFleet(engine: { socket: string; image: string }): Promise<TestFleet> {
  const home = await mkdtemp(join(tmpdir(), "nightgate-fleet-"));
  const docker = engineClient(engine.socket);
  const driver = dockerDriver({
    docker,
    installation: installationName(home),
    seccompProfile: readFileSync(seccompProfileFile, "utf8"),
    folders: (workstation) => socketFolders(home, workstation),
  });
  const servers: Server[] = [];
  const made: string[] = [];
  return {
    driver,
    home,
    workstation: async (name) => {
      const id = `ws_${randomBytes(6).toString("hex")}`;
      made.push(id);
      const { gateFolder, runnerFolder } = socketFolders(home, id);
      servers.push(await answer(gateFolder, "gate", id), await answer(runnerFolder, "runner", id));
      const wish: WorkstationWish = {
        organization: "org_a",
        workstation: id,
        name,
        image: engine.image,
        cpus: 1,
        memoryBytes: MEMORY_BYTES,
        pids: 400,
      };
      const { containerId } = await driver.create(wish);
      await driver.start(id);
      return {
        id,
        containerId,
        asRoot: async (command) => await runInside(docker, containerId, command),
        asAgent: async (command) => await runInside(docker, containerId, command, "1000:1000"),
      };
    },
    close: async () => {
      for (const id of made) await driver.remove(id, { home: "delete" });
      for (const server of servers) server.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function answer(folder: string, who: "gate" | "runner", id: string): Promise<Server> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const path = join(folder, `${who}.sock`);
  const server = createServer((socket) => {
    // Whoever is answered like this may hang up at once; that is theirs to do.
    socket.on("error", () => undefined);
    socket.end(`${who} of ${id}\n`);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  await chmod(path, 0o666);
  return server;
}
