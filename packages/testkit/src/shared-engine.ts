/** The container engine that tests and the demo share in `.nightgate/test-engine`, so that the workstation image is built once. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface SharedEngine {
  socket: string;
  stop(): Promise<void>;
}

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Starts it, or takes the one that NIGHTGATE_DOCKER_SOCKET names. */
export async function startSharedEngine(): Promise<SharedEngine> {
  const given = process.env["NIGHTGATE_DOCKER_SOCKET"];
  if (given) return { socket: given, stop: async () => await Promise.resolve() };
  const home = join(ROOT, ".nightgate/test-engine");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const child = spawn(process.execPath, [join(ROOT, "apps/provisioner/src/cli/engine.ts")], {
    env: { ...process.env, NIGHTGATE_HOME: home },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const socket = /^ready (\S+)$/.exec(line)?.[1];
    if (!socket) continue;
    return {
      socket,
      stop: async () => {
        if (child.exitCode !== null) return;
        child.kill("SIGTERM");
        await once(child, "exit");
      },
    };
  }
  throw new Error("The container engine did not start; what it said is above");
}
