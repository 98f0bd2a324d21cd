/** The connection to a container engine, and the few questions about the engine itself. dockerode is used in this folder only. */
import Docker from "dockerode";
import { LIMITS } from "../../limits.ts";

/** A client for the engine at a unix socket. Makes no connection until it is used. */
export function engineClient(socket: string): Docker {
  return new Docker({ socketPath: socket });
}

/** Whether the engine answers. */
export async function engineIsUp(docker: Docker): Promise<boolean> {
  try {
    await docker.ping();
    return true;
  } catch {
    // Not up yet is the one thing that this asks.
    return false;
  }
}

/** Stops every running container of an engine that is ours alone, all at once. Homes and states stay. */
export async function stopEverything(docker: Docker): Promise<void> {
  const running = await docker.listContainers();
  await Promise.allSettled(
    running.map((container) =>
      docker.getContainer(container.Id).stop({ t: LIMITS.engineContainerStopSeconds }),
    ),
  );
}
