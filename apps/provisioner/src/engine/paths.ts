/**
 * Where our own engine keeps its things. Data is in the installation's folder; sockets and the engine's working
 * folder are under /run with a short name, because a unix socket's path ends at 107 bytes.
 */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";

export interface EnginePaths {
  /** Short, world-searchable folder of this installation under /run. */
  run: string;
  /** What images, containers and homes are stored in, inside the installation's folder. */
  data: string;
  /** The same folder, mounted below `run`: users of the user namespace must be able to walk there, and the installation's folder is 0700. */
  dataMount: string;
  exec: string;
  socket: string;
  /** Where the engine's process lays out the image's base for the provisioner; see base-helper.ts. */
  baseHelper: string;
  pidFile: string;
  configFile: string;
  log: string;
}

/** The places of the engine that belongs to the installation in `home`. Pure: the provisioner finds the socket by it too. */
export function enginePaths(home: string): EnginePaths {
  const name = createHash("sha256").update(resolve(home)).digest("hex").slice(0, 12);
  const run = join("/run/nightgate", name);
  const engine = join(resolve(home), "engine");
  return {
    run,
    data: join(engine, "data"),
    dataMount: join(run, "data"),
    exec: join(run, "exec"),
    socket: join(run, "docker.sock"),
    baseHelper: join(run, "base.sock"),
    pidFile: join(run, "docker.pid"),
    configFile: join(run, "engine.json"),
    log: join(engine, "engine.log"),
  };
}
