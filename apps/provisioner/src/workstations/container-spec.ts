/**
 * The one specification of every workstation's container. Pure: what it promises is read here and tested here, and nothing
 * that a person or an agent says reaches it but a name and three numbers. Never privileged, never a network, never another mount.
 */
import { Problem } from "@nightgate/shared/problems";
import type { ContainerCreateOptions } from "dockerode";
import { LIMITS } from "../limits.ts";
import type { WorkstationWish } from "./driver.ts";

/** What is the same for all workstations of an installation. */
export interface SpecSurroundings {
  installation: string;
  /** The host folders that hold this workstation's two sockets. Made by the gate and by the runner, which own them. */
  gateFolder: string;
  runnerFolder: string;
  /** Content of infra/seccomp/workstation.json. */
  seccompProfile: string;
}

export const LABEL_INSTALLATION = "nightgate.installation";
export const LABEL_ORGANIZATION = "nightgate.organization";
export const LABEL_WORKSTATION = "nightgate.workstation";

/**
 * What agentd needs as root of its own user namespace, and no more: become uid 1000 (SETUID, SETGID), hand the agent its
 * files and let apt unpack (CHOWN, FOWNER, DAC_OVERRIDE), end an agent's processes (KILL).
 */
const CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"];

/** The container of one workstation, for the engine's API. Problem `workstation.out-of-range` for limits outside of the allowed. */
export function containerSpec(wish: WorkstationWish, surroundings: SpecSurroundings): ContainerCreateOptions {
  checkRange("CPU count", wish.cpus, LIMITS.cpusMin, LIMITS.cpusMax);
  checkRange("memory in bytes", wish.memoryBytes, LIMITS.memoryBytesMin, LIMITS.memoryBytesMax);
  checkRange("process limit", wish.pids, LIMITS.pidsMin, LIMITS.pidsMax);
  return {
    name: containerName(surroundings.installation, wish.workstation),
    Image: wish.image,
    Hostname: wish.name,
    // Root of the user namespace, for agentd. Agents run as uid 1000.
    User: "0:0",
    Env: [],
    StopSignal: "SIGTERM",
    StopTimeout: LIMITS.workstationStopSeconds,
    AttachStdin: false,
    OpenStdin: false,
    Tty: false,
    Labels: {
      [LABEL_INSTALLATION]: surroundings.installation,
      [LABEL_ORGANIZATION]: wish.organization,
      [LABEL_WORKSTATION]: wish.workstation,
    },
    HostConfig: { ...isolation(wish, surroundings), ...limits(wish), Mounts: mounts(wish, surroundings) },
  };
}

/** The container's name on the engine. */
export function containerName(installation: string, workstation: string): string {
  return `nightgate-${installation}-${workstation}`;
}

/** The name of the volume that is the workstation's home. */
export function homeVolumeName(installation: string, workstation: string): string {
  return `nightgate-home-${installation}-${workstation}`;
}

/** dockerode's types do not know every field of the engine's API. */
type HostConfig = NonNullable<ContainerCreateOptions["HostConfig"]> & { CgroupnsMode?: "private" };

function isolation(wish: WorkstationWish, { seccompProfile }: SpecSurroundings): HostConfig {
  return {
    // Invariant 1: a network namespace of its own with no interface but loopback.
    NetworkMode: "none",
    Privileged: false,
    CapDrop: ["ALL"],
    CapAdd: CAPABILITIES,
    SecurityOpt: ["no-new-privileges", `seccomp=${seccompProfile}`],
    IpcMode: "private",
    CgroupnsMode: "private",
    PublishAllPorts: false,
    // Names are answered by agentd on loopback; it needs port 53 and others below 1024 without a capability.
    Dns: ["127.0.0.1"],
    // Its own name, for programs that look themselves up.
    ExtraHosts: [`${wish.name}:127.0.0.1`],
    Sysctls: { "net.ipv4.ip_unprivileged_port_start": "0" },
    // The provisioner decides what runs, with a pause that grows; the engine must not start what nobody wants any more.
    RestartPolicy: { Name: "no" },
    AutoRemove: false,
    // tini is the image's entry point.
    Init: false,
  };
}

function limits(wish: WorkstationWish): HostConfig {
  return {
    NanoCpus: Math.round(wish.cpus * 1e9),
    Memory: wish.memoryBytes,
    // Equal to Memory: no swap on top.
    MemorySwap: wish.memoryBytes,
    PidsLimit: wish.pids,
    ShmSize: LIMITS.shmBytes,
    // When the host runs out of memory, a workstation goes before the gate does.
    OomScoreAdj: 500,
    Ulimits: [
      { Name: "nofile", Soft: LIMITS.openFilesMax, Hard: LIMITS.openFilesMax },
      { Name: "core", Soft: 0, Hard: 0 },
    ],
    LogConfig: {
      Type: "json-file",
      Config: { "max-size": LIMITS.consoleLogBytes, "max-file": LIMITS.consoleLogFiles },
    },
  };
}

function mounts(
  wish: WorkstationWish,
  { installation, gateFolder, runnerFolder }: SpecSurroundings,
): NonNullable<HostConfig["Mounts"]> {
  // Invariant 1: the two ways out. The workstation cannot write there, so the host never connects to a path of the agent's making.
  const way = (Source: string, Target: string): NonNullable<HostConfig["Mounts"]>[number] => ({
    Type: "bind",
    Source,
    Target,
    ReadOnly: true,
    BindOptions: { Propagation: "rprivate" },
  });
  return [
    way(gateFolder, "/run/nightgate/gate"),
    way(runnerFolder, "/run/nightgate/runner"),
    {
      Type: "volume",
      Source: homeVolumeName(installation, wish.workstation),
      Target: "/home/agent",
      ReadOnly: false,
      VolumeOptions: {
        NoCopy: false,
        Labels: { [LABEL_INSTALLATION]: installation, [LABEL_WORKSTATION]: wish.workstation },
        DriverConfig: { Name: "local", Options: {} },
      },
    },
  ];
}

function checkRange(what: string, value: number, min: number, max: number): void {
  if (!(value >= min && value <= max)) throw new Problem("workstation.out-of-range", { what, min, max });
}
