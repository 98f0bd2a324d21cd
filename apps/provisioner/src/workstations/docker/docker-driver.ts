/** Workstations as containers of a Docker engine. */
import { noFaults } from "@nightgate/shared/fault-points";
import { Problem } from "@nightgate/shared/problems";
import type Docker from "dockerode";
import { LIMITS } from "../../limits.ts";
import {
  containerName,
  containerSpec,
  homeVolumeName,
  LABEL_INSTALLATION,
  LABEL_ORGANIZATION,
  LABEL_WORKSTATION,
} from "../container-spec.ts";
import type { SeenWorkstation, WorkstationDriver } from "../driver.ts";
import type { ProvisionerFaults } from "../fault-points.ts";

export interface DockerDriverOptions {
  docker: Docker;
  installation: string;
  seccompProfile: string;
  /** The host folders of a workstation's two sockets. */
  folders: (workstation: string) => { gateFolder: string; runnerFolder: string };
  /** Called for a container that was just made, before its first start: its home may come out of a backup. */
  fill?: (workstation: string, container: Docker.Container) => Promise<void>;
  /** None unless given. */
  faults?: ProvisionerFaults;
}

/** A driver for the containers that carry this installation's label; others on the same engine are not its business. */
export function dockerDriver(options: DockerDriverOptions): WorkstationDriver {
  const { docker, installation, fill, faults = noFaults } = options;
  const container = (workstation: string): Docker.Container =>
    docker.getContainer(containerName(installation, workstation));
  return {
    list: async () => {
      const filters = JSON.stringify({ label: [`${LABEL_INSTALLATION}=${installation}`] });
      const found = await docker.listContainers({ all: true, filters });
      const seen = await Promise.all(found.map(async (one) => await look(docker.getContainer(one.Id))));
      return seen.filter((one) => one !== null);
    },
    create: async (wish) => {
      const there = await look(container(wish.workstation));
      if (there !== null) return there;
      const spec = containerSpec(wish, {
        installation,
        seccompProfile: options.seccompProfile,
        ...options.folders(wish.workstation),
      });
      const fresh = await docker.createContainer(spec);
      faults("after-create");
      const made = await look(fresh);
      if (made === null)
        throw new Problem("engine.unusable", { why: "it made a workstation that is not there" });
      return made;
    },
    start: async (workstation) => {
      const made = container(workstation);
      // Here and not where it is made: whoever made it may have been killed before its home was in it.
      if ((await look(made))?.startedAt === null) await fill?.(workstation, made);
      await unless(304, made.start());
    },
    stop: async (workstation) =>
      await unless(304, container(workstation).stop({ t: LIMITS.workstationStopSeconds })),
    remove: async (workstation, { home }) => {
      await unless(404, container(workstation).remove({ force: true }));
      if (home === "delete")
        await unless(404, docker.getVolume(homeVolumeName(installation, workstation)).remove());
    },
  };
}

async function look(container: Docker.Container): Promise<SeenWorkstation | null> {
  try {
    const { Id, Config, State } = await container.inspect();
    const neverRan = State.StartedAt.startsWith("0001");
    return {
      organization: Config.Labels[LABEL_ORGANIZATION] ?? "",
      workstation: Config.Labels[LABEL_WORKSTATION] ?? "",
      containerId: Id,
      image: Config.Image,
      running: State.Running,
      startedAt: neverRan ? null : new Date(State.StartedAt),
      ending: State.Running || neverRan ? null : howItEnded(State),
    };
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

function howItEnded(state: { OOMKilled: boolean; ExitCode: number; Error: string }): string {
  if (state.OOMKilled) return "it ran out of memory";
  if (state.Error !== "") return state.Error;
  return `it ended with status ${state.ExitCode}`;
}

/** The engine says 304 to "it is so already" and 404 to "it is gone already": both are what was asked for. */
async function unless(fine: number, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (statusOf(error) !== fine) throw error;
  }
}

function statusOf(error: unknown): number | null {
  return error instanceof Error && "statusCode" in error && typeof error.statusCode === "number"
    ? error.statusCode
    : null;
}
