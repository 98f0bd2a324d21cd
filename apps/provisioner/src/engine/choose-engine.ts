/** Which container engine this installation uses: its own where it can, else the user's, and then it says what is lost by that. */
import { enginePaths } from "./paths.ts";

export interface EngineChoice {
  kind: "own" | "given";
  socket: string;
  /** One plain sentence for the person who starts the product; null when there is nothing to say. */
  warning: string | null;
}

const LOST =
  "without a user namespace of our own, root inside a workstation would be root outside if it ever got out, and whoever may use that Docker can enter every workstation";

/** Decides from settings alone; whether the engine answers is found out by using it. */
export function chooseEngine(options: {
  home: string;
  givenSocket: string | null;
  isRoot: boolean;
}): EngineChoice {
  if (options.givenSocket !== null) {
    return {
      kind: "given",
      socket: options.givenSocket,
      warning: `Using the Docker engine at ${options.givenSocket}, as NIGHTGATE_DOCKER_SOCKET says, instead of one of our own: ${LOST}.`,
    };
  }
  if (options.isRoot) return { kind: "own", socket: enginePaths(options.home).socket, warning: null };
  return {
    kind: "given",
    socket: "/var/run/docker.sock",
    warning: `Not started as root, so there is no engine of our own, and your Docker at /var/run/docker.sock is used: ${LOST}. Start as root to have one.`,
  };
}
