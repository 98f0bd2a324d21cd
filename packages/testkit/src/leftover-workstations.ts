/** On a shared engine, workstations outlive their product, as they should; a product that is gone for good takes its own with it. */
import { execFileSync } from "node:child_process";

const DOCKER = "/usr/bin/docker";
const DOCKER_MS_MAX = 60_000;

/** Removes the containers that mount a folder below `home`, and the volumes that only they had. */
export function removeWorkstationsOf(home: string, dockerSocket: string): void {
  const docker = (...args: string[]): string[] =>
    execFileSync(DOCKER, ["-H", `unix://${dockerSocket}`, ...args], {
      encoding: "utf8",
      timeout: DOCKER_MS_MAX,
      stdio: ["ignore", "pipe", "pipe"],
    })
      .split("\n")
      .filter(Boolean);
  const mountsOf = (id: string): string[] => {
    try {
      return docker("inspect", "-f", "{{range .Mounts}}{{.Type}} {{.Name}} {{.Source}}\n{{end}}", id);
    } catch (error) {
      // Another product's, which took it away since it was listed.
      if (/No such (object|container)/.test(String(error))) return [];
      throw error;
    }
  };
  for (const id of docker("ps", "-aq", "--filter", "label=nightgate.workstation")) {
    const mounts = mountsOf(id);
    if (!mounts.some((line) => line.startsWith("bind") && line.includes(` ${home}/`))) continue;
    docker("rm", "-f", id);
    const volumes = mounts
      .filter((line) => line.startsWith("volume "))
      .map((line) => line.split(" ")[1] ?? "");
    if (volumes.length > 0) docker("volume", "rm", ...volumes);
  }
}
